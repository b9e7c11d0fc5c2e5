import Domain
import Runs
import Workflows

/// Lines of a log for a reader.
enum LogText {
    /// The text of a line; on a terminal, control characters but tab and colours are taken out.
    static func shown(_ line: LogLine, isTerminal: Bool) -> String {
        let text = String(decoding: line.text, as: UTF8.self)
        return isTerminal ? harmless(text) : text
    }

    /// Keeps printable text, tabs and colours; of a line, so line ends go too.
    static func harmless(_ text: String) -> String {
        TerminalText.kept(text, colours: true) {
            $0 == "\t" || !TerminalText.isHarmful($0) ? $0 : nil
        }
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
