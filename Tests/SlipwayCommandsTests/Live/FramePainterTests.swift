import TestSupport
import Testing

@testable import SlipwayCommands

/// What the painter sends makes the screen show the frame.
struct FramePainterTests {
    /// As much of a terminal as frames need; it scrolls, and never wraps.
    private struct Screen {
        var rows: [String]
        var row = 0
        var column = 0

        init(rows: Int) {
            self.rows = Array(repeating: "", count: rows)
        }

        mutating func write(_ text: String) {
            let scalars = Array(text.unicodeScalars)
            var index = 0
            while index < scalars.count {
                defer { index += 1 }
                switch scalars[index] {
                case "\r": column = 0
                case "\n":
                    if row < rows.count - 1 {
                        row += 1
                    } else {
                        rows.removeFirst()
                        rows.append("")
                    }
                case "\u{1b}":
                    index += 2
                    var number = 0
                    while let digit = Int(String(scalars[index])) {
                        number = number * 10 + digit
                        index += 1
                    }
                    obey(scalars[index], number)
                default:
                    var line = Array(rows[row].unicodeScalars)
                    while line.count <= column { line.append(" ") }
                    line[column] = scalars[index]
                    var kept = String.UnicodeScalarView()
                    kept.append(contentsOf: line)
                    rows[row] = String(kept)
                    column += 1
                }
            }
        }

        private mutating func obey(_ final: Unicode.Scalar, _ number: Int) {
            switch final {
            case "A": row = max(0, row - number)
            case "B": row = min(rows.count - 1, row + number)
            case "H": (row, column) = (0, 0)
            case "K", "J":
                rows[row] = String(rows[row].prefix(column))
                guard final == "J" else { return }
                for below in (row + 1)..<max(row + 1, rows.count) { rows[below] = "" }
            default: Issue.record("the screen does not know \(final)")
            }
        }

        /// What stands above the cursor.
        func above(_ count: Int) -> [String] { Array(rows[(row - count)..<row]) }
    }

    @Test(
        "whatever comes after whatever, the frame stands there", arguments: 0..<100 as Range<UInt64>
    )
    func frames(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var screen = Screen(rows: 12)
        var painter = FramePainter()
        screen.write("before\r\n")
        for _ in 0..<40 {
            let count = Int.random(in: 1...10, using: &random)
            var lines = painter.drawn
            while lines.count < count { lines.append("new") }
            lines = Array(lines.prefix(count))
            for index in lines.indices where Bool.random(using: &random) {
                lines[index] = String(repeating: "x", count: Int.random(in: 0...9, using: &random))
            }
            screen.write(painter.paint(lines))
            #expect(screen.above(count) == lines)
            #expect(screen.column == 0)
        }
        screen.write(painter.erase())
        let below = screen.rows[screen.row...].filter { !$0.isEmpty }
        #expect(below.isEmpty)
    }

    @Test("a frame that did not change sends nothing; one line that did sends that line")
    func small() {
        var painter = FramePainter()
        _ = painter.paint(["a", "b", "c"])
        #expect(painter.paint(["a", "b", "c"]) == "")
        #expect(painter.paint(["a", "B", "c"]) == "\u{1b}[2A\rB\u{1b}[K\u{1b}[2B\r")
        #expect(painter.paint(["a"]) == "\u{1b}[2A\r\u{1b}[J")
        #expect(painter.paint(["a", "d"]) == "\rd\u{1b}[K\n\r")
        #expect(painter.erase() == "\u{1b}[2A\r\u{1b}[J")
        #expect(painter.erase() == "")
    }
}
