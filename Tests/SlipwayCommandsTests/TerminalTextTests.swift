import Domain
import OCI
import Testing
import Workflows

@testable import Runs
@testable import SlipwayCommands

/// What jobs had a hand in cannot command a terminal.
struct TerminalTextTests {
    /// Control characters of both sets, and marks that reorder text.
    static let harmful: [Unicode.Scalar] =
        (Array(0..<0x20) + Array(0x7f..<0xa0) + [0x61c, 0x200e, 0x200f]
        + Array(0x202a...0x202e) + Array(0x2066...0x2069)).compactMap {
            Unicode.Scalar($0 as UInt32)
        }

    @Test("a line keeps none of them", arguments: harmful)
    func line(scalar: Unicode.Scalar) {
        let text = "a\(scalar)b"
        for shown in [TerminalText.line(text), Shown.line(text, width: 20)] {
            #expect(!shown.unicodeScalars.contains(scalar))
            #expect(shown == "ab" || shown == "a b")
        }
        let screen = TerminalText.screen(text)
        #expect(screen.unicodeScalars.contains(scalar) == (scalar == "\n" || scalar == "\t"))
    }

    @Test("line ends and tabs of a line become blanks, its colours go")
    func blanks() {
        #expect(TerminalText.line("a\nb\r\nc\td\u{85}e\u{2028}f") == "a b  c d e f")
        #expect(TerminalText.line("\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}") == "red ]0;title")
        #expect(TerminalText.line("\u{9b}2J") == "2J")
    }

    @Test("a screen keeps lines, tabs and colours")
    func screen() {
        let text = "\u{1b}[1;31mred\u{1b}[0m\n\ttext"
        #expect(TerminalText.screen(text) == text)
        #expect(TerminalText.screen("a\u{1b}[2J\u{1b}]52;c;x\u{7}b\r") == "a[2J]52;c;xb")
        #expect(LogText.harmless("a\nb\u{1b}[31mc") == "ab\u{1b}[31mc")
    }

    @Test("a painted text has our colour alone")
    func paint() {
        let style = Style(hasColour: true)
        #expect(style.paint("a\u{1b}[8mb\nc", .red) == "\u{1b}[31mab c\u{1b}[0m")
        #expect(style.bold("a\u{1b}b") == "\u{1b}[1mab\u{1b}[0m")
        #expect(Style(hasColour: false).paint("a\u{1b}[8mb\nc", .red) == "ab c")
    }

    @Test("cells of a table are lines")
    func table() {
        var table = Table("NAME", "STATE")
        table.add("a\u{1b}[2Jb\nx", "ok")
        #expect(table.text == "NAME     STATE\na[2Jb x  ok")
    }

    private static let evil = "bad\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\nrun 1: succeeded"

    /// The events of a run whose job had its say wherever it could.
    static func events() throws -> (plan: RunPlan, events: [RunEvent]) {
        let escaped = evil.replacing("\u{1b}", with: "\\e").replacing("\u{7}", with: "\\a")
            .replacing("\u{9b}", with: "\\x9b").replacing("\n", with: "\\n")
        let text = """
            slipway: 1
            name: demo
            stages:
              - name: s
                jobs:
                  - name: a
                    component: b
                    matrix: {T_X: ["\(escaped)"]}
                    retry: {attempts: 2, on: [failed]}
                    after: log("x")
            """
        let outcome = WorkflowFile.parse(Array(text.utf8))
        let plan = RunPlan(try #require(outcome.definition))
        let report = AttemptReport(
            state: .failed, reason: evil, warnings: [evil])
        return (
            plan,
            [
                .jobReady(job: 0), .attemptStarting(leg: 0, attempt: 1),
                .attemptStarted(leg: 0, attempt: 1), .attemptEnded(leg: 0, attempt: 1, report),
                .jobSkipped(job: 0, reason: evil), .jobEnded(job: 0, .failed, reason: evil),
                .conditionEvaluated(job: 0, .passed(.null, log: [evil])),
                .beforeEvaluated(leg: 0, attempt: 1, .failed(evil, log: [evil])),
                .stageHookEvaluated(stage: 0, .passed(.null, log: [evil])),
                .stageEnded(stage: 0, .failed, reason: evil),
                .cancelRequested(actor: "me", reason: evil),
                .runEnded(.failed, reason: evil),
            ]
        )
    }

    @Test("plain progress tells each event in clean lines, and none that a job wrote")
    func progress() throws {
        let (plan, events) = try Self.events()
        let state = RunState(plan: plan)
        let progress = PlainProgress(style: Style(hasColour: false))
        var told = 0
        for event in events {
            let recorded = RecordedEvent(
                sequence: 1, time: Timestamp(microseconds: 0), event: event)
            guard let line = progress.line(recorded, state) else { continue }
            told += 1
            #expect(!line.split(separator: "\n").contains("run 1: succeeded"))
            #expect(line.unicodeScalars.allSatisfy { $0 == "\n" || !TerminalText.isHarmful($0) })
        }
        #expect(told >= 9)
    }
}
