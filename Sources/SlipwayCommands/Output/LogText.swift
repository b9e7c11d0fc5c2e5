import Domain
import Runs
import Workflows

/// Lines of a log for a reader: a job's bytes must not command somebody's terminal.
enum LogText {
    /// The text of a line; on a terminal, control characters but tab and colours are taken out.
    static func shown(_ line: LogLine, isTerminal: Bool) -> String {
        let text = String(decoding: line.text, as: UTF8.self)
        return isTerminal ? harmless(text) : text
    }

    /// Keeps printable text, tabs, and SGR sequences (`ESC [ … m`, ECMA-48 §8.3.117).
    static func harmless(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\u{1b}", let end = endOfColour(scalars, index) {
                kept.append(contentsOf: scalars[index...end])
                index = end + 1
                continue
            }
            let isControl =
                scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
                // Marks that reorder text could make a log read differently than it is.
                || (0x202a...0x202e).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value)
            if !isControl || scalar == "\t" { kept.append(scalar) }
            index += 1
        }
        return String(kept)
    }

    private static func endOfColour(_ scalars: [Unicode.Scalar], _ start: Int) -> Int? {
        guard start + 1 < scalars.count, scalars[start + 1] == "[" else { return nil }
        var index = start + 2
        while index < scalars.count, index < start + 32 {
            switch scalars[index] {
            case "0"..."9", ";", ":": index += 1
            case "m": return index
            default: return nil
            }
        }
        return nil
    }

    static func json(_ line: LogLine, job: String, attempt: Int) -> JSONValue {
        [
            "job": .string(job), "attempt": .integer(Int64(attempt)),
            "time": .string(line.time.description),
            "stream": .string(line.stream == .error ? "stderr" : "stdout"),
            "text": .string(String(decoding: line.text, as: UTF8.self)),
            "offset": .integer(line.offset),
        ]
    }
}
