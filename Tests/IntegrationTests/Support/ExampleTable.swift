import Storage
import TestSupport
import Testing

/// One row of the table in `Examples/README.md`: how an example must end.
struct ExampleRow: Sendable, CustomTestStringConvertible {
    let file: String
    let shows: String
    let exitCode: Int32
    let arguments: [String]

    var testDescription: String { "\(file): \(shows)" }
    var path: String { "\(ExampleTable.folder)/\(file)" }

    /// The base images that the file names.
    func images() throws -> [String] {
        let text = try ExampleTable.text(path)
        return ["busybox", "report", "gcc"].filter { text.contains("component: library/\($0):") }
    }
}

enum ExampleTable {
    static var folder: String { "\(Checkout.root)/Examples" }

    /// Rows look like: | `FILE` | shows | exit | `ARGUMENTS` |
    static func rows() throws -> [ExampleRow] {
        try text("\(folder)/README.md").split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { trimmed($0) }
            guard cells.count == 6, cells[1].hasSuffix(".yaml"), let code = Int32(cells[3])
            else { return nil }
            return ExampleRow(
                file: cells[1], shows: cells[2], exitCode: code,
                arguments: cells[4].split(separator: " ").map(String.init))
        }
    }

    static func files() throws -> [String] {
        // Cases stand beside a workflow, and are none.
        try Files.list(folder).filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
    }

    private static func trimmed(_ cell: Substring) -> String {
        var cell = cell
        while let first = cell.first, " `".contains(first) { cell.removeFirst() }
        while let last = cell.last, " `".contains(last) { cell.removeLast() }
        return String(cell)
    }
}
