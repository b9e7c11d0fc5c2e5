import Domain
import Workflows

/// Columns of text, each as wide as its widest cell; stable for people and for `awk`.
struct Table {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: String...) {
        self.header = header
    }

    mutating func add(_ cells: String...) {
        rows.append(cells.map(TerminalText.line))
    }

    var isEmpty: Bool { rows.isEmpty }

    var text: String {
        var widths = header.map(\.unicodeScalars.count)
        for row in rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], cell.unicodeScalars.count)
            }
        }
        return ([header] + rows).map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                guard index < row.count - 1 else { continue }
                let blanks = widths[index] - cell.unicodeScalars.count + 2
                line += String(repeating: " ", count: blanks)
            }
            return line
        }.joined(separator: "\n")
    }
}

/// How figures are shown to people.
enum Shown {
    /// `45ms`, `1.8s`, `12s`, `3m04s`, `2h05m`.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.milliseconds)
        let seconds = milliseconds / 1000
        switch seconds {
        case ..<1: return "\(milliseconds)ms"
        case ..<10: return "\(seconds).\(milliseconds % 1000 / 100)s"
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m\(padded(seconds % 60, 2))s"
        default: return "\(seconds / 3600)h\(padded(seconds / 60 % 60, 2))m"
        }
    }

    static func duration(from start: Timestamp?, to end: Timestamp?, now: Timestamp) -> String {
        guard let start else { return "-" }
        return duration((end ?? now).since(start))
    }

    /// `cache objects-main: restored 12 MiB, saved 14 MiB`.
    static func cache(_ use: CacheUse) -> String {
        var text =
            "cache \(use.key): " + (use.restored.map { "restored \(size($0.size))" } ?? "miss")
        if let saved = use.saved { text += ", saved \(size(saved.size))" }
        if let problem = use.problem { text += ", not saved: \(problem)" }
        return text
    }

    /// `812 B`, `4.5 KiB`, `120 MiB`.
    static func size(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var index = 0
        var scaled = bytes
        var rest: Int64 = 0
        while scaled >= 1024, index < units.count - 1 {
            rest = scaled % 1024
            scaled /= 1024
            index += 1
        }
        let hasFraction = index > 0 && scaled < 10
        return hasFraction
            ? "\(scaled).\(rest * 10 / 1024) \(units[index])" : "\(scaled) \(units[index])"
    }

    /// `sha256:0123456789ab`.
    static func digest(_ text: String) -> String { String(text.prefix(19)) }

    /// A text in one line of at most `width` scalars; what is cut is marked.
    static func line(_ text: String, width: Int) -> String {
        var line = String.UnicodeScalarView()
        for scalar in TerminalText.line(text).unicodeScalars {
            line.append(scalar)
            if line.count > width {
                return String(String.UnicodeScalarView(line.prefix(max(0, width - 1)))) + "…"
            }
        }
        return String(line)
    }
}
