import TestSupport
import Testing
import Workflows

@testable import SlipwayCommands

/// Frames of runs of five and of five thousand jobs, at several sizes.
struct LiveFrameTests {
    static let sizes = [(40, 10), (80, 24), (200, 60), (20, 6)]

    /// Five jobs: a stage that is over, one that runs, one that waits.
    static func five(columns: Int, rows: Int) throws -> LiveFixture {
        var fixture = try LiveFixture(LiveFixture.five, columns: columns, rows: rows)
        try fixture.start(0)
        fixture.seconds = 3
        try fixture.end(0)
        try fixture.start(2)
        try fixture.start(1)
        fixture.seconds = 12
        try fixture.end(1, .failed, reason: "exit code 1")
        fixture.set(tail: "main.swift:7: unused variable 'x'", ofLeg: 1)
        fixture.seconds = 75
        return fixture
    }

    /// Five thousand jobs, of which some failed, some run and most wait.
    static func large(columns: Int, rows: Int) throws -> LiveFixture {
        var fixture = try LiveFixture(LiveFixture.large(5000), columns: columns, rows: rows)
        try fixture.start(0)
        try fixture.end(0)
        for leg in 1...200 {
            fixture.seconds += 1
            try fixture.start(leg)
            if leg > 8 { try fixture.end(leg - 8, leg % 40 == 0 ? .failed : .succeeded) }
        }
        for leg in [32, 72] { fixture.set(tail: "assertion failed in case \(leg)", ofLeg: leg) }
        return fixture
    }

    private static func check(
        _ fixture: LiveFixture, _ columns: Int, _ rows: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let lines = fixture.lines()
        #expect(lines.count <= max(6, rows) - 1, sourceLocation: sourceLocation)
        for line in lines {
            #expect(
                CellWidth.of(line) < max(20, columns), "\(line)", sourceLocation: sourceLocation)
            #expect(
                line.unicodeScalars.allSatisfy { !TerminalText.isHarmful($0) },
                sourceLocation: sourceLocation)
        }
        // Colour adds sequences, and says nothing by itself.
        let coloured = fixture.lines(hasColour: true)
        #expect(coloured.map(TerminalText.line) == lines, sourceLocation: sourceLocation)
    }

    @Test("frames fit, with and without colour", arguments: sizes)
    func fits(columns: Int, rows: Int) throws {
        for made in [Self.five, Self.large] {
            var fixture = try made(columns, rows)
            Self.check(fixture, columns, rows)
            for key in [Key.character("?"), .escape, .down, .down, .end, .character("f")] {
                fixture.press(key)
                Self.check(fixture, columns, rows)
            }
            fixture.press(.character("c"))
            Self.check(fixture, columns, rows)
            fixture.press(.escape, .home, .enter)
            Self.check(fixture, columns, rows)
            fixture.append((0..<100).map { "line \($0) 日本語 \(String(repeating: "x", count: 300))" })
            Self.check(fixture, columns, rows)
            fixture.press(.pageUp)
            Self.check(fixture, columns, rows)
            fixture.press(.escape)
            fixture.close()
            Self.check(fixture, columns, rows)
        }
    }

    @Test("a selected job is in sight, wherever it is", arguments: sizes)
    func selection(columns: Int, rows: Int) throws {
        for made in [Self.five, Self.large] {
            var fixture = try made(columns, rows)
            guard rows >= 10 else { continue }
            for _ in fixture.view.reachable {
                fixture.press(.down)
                #expect(fixture.lines().contains { $0.hasPrefix("  > ") })
            }
        }
    }

    @Test("failures come first, with their last line, then what runs longest, then counts")
    func order() throws {
        let lines = try Self.large(columns: 80, rows: 24).lines()
        let failed = try #require(lines.firstIndex { $0.contains("unit[31]  failed") })
        #expect(lines[failed + 1] == "      │ assertion failed in case 32")
        let running = try #require(lines.firstIndex { $0.contains("● unit[192]") })
        #expect(running > failed)
        // 192 ended, 5 of them badly; 8 run.
        #expect(lines.contains { $0.contains("…") && $0.contains("4800 waiting") })
        #expect(
            lines.contains("✘ 5 failed  ● 8 running  ○ 4801 waiting  ✔ 188 succeeded"),
            "\(lines.joined(separator: "\n"))")
        #expect(lines.first == "demo · run 12 · running · 3m20s")
    }

    @Test("every failure is told once, however small the screen", arguments: sizes)
    func counts(columns: Int, rows: Int) throws {
        let lines = try Self.large(columns: columns, rows: rows).lines()
        #expect(lines.contains { $0.contains("✘ 5 failed") || $0.contains("✘5") })
    }

    @Test("texts of jobs cannot command the terminal, nor break a line")
    func harmless() throws {
        var fixture = try LiveFixture(LiveFixture.five)
        try fixture.start(0)
        let evil = "bad\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\nrun 12: succeeded"
        try fixture.end(0, .failed, reason: evil)
        fixture.set(tail: evil, ofLeg: 0)
        Self.check(fixture, 80, 24)
        fixture.press(.character("f"))
        Self.check(fixture, 80, 24)
        #expect(!fixture.lines().contains("run 12: succeeded"))
    }

    @Test("a pause says who may decide, and how", arguments: [true, false])
    func pause(hasKeyboard: Bool) throws {
        var fixture = try LiveFixture(LiveFixture.paused, hasKeyboard: hasKeyboard)
        try fixture.start(0)
        try fixture.end(0)
        fixture.seconds = 65
        let lines = fixture.lines()
        #expect(lines.contains("● approve  waits for approval by ada, grace  1m05s"))
        let hint = hasKeyboard ? "a approve  r reject" : "slipway approve 12"
        #expect(lines.last?.contains(hint) == true)
    }

    @Test("without a keyboard no key is promised")
    func noKeyboard() throws {
        var fixture = try LiveFixture(LiveFixture.five, hasKeyboard: false)
        try fixture.start(0)
        #expect(!fixture.lines().contains { $0.contains("help") })
    }

    @Test(
        "frames are as they were agreed on",
        arguments: ["five", "large"], [(40, 10), (80, 24), (200, 60)])
    func golden(name: String, size: (columns: Int, rows: Int)) throws {
        let fixture = try (name == "five" ? Self.five : Self.large)(size.columns, size.rows)
        let text = fixture.lines().joined(separator: "\n") + "\n"
        let file = "Tests/Frames/\(name)-\(size.columns)x\(size.rows).txt"
        #expect(try Golden.expected(file, made: text) == text)
    }
}
