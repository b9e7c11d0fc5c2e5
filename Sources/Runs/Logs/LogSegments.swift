import Domain
import Storage

/// The files of one log: each is named after the offset of its first byte.
struct LogSegments {
    let folder: String
    /// Where segments begin, in order.
    let starts: [Int64]

    init(folder: String) throws {
        self.folder = folder
        starts = try Files.list(folder).compactMap(Self.start(ofName:)).sorted()
    }

    static func path(_ folder: String, _ start: Int64) -> String {
        "\(folder)/\(padded(start, 16)).log"
    }

    private static func start(ofName name: String) -> Int64? {
        guard name.utf8.count == 20, name.hasSuffix(".log") else { return nil }
        return Int64(name.dropLast(4))
    }

    func open(_ index: Int) throws -> OpenFile {
        try Files.open(Self.path(folder, starts[index]))
    }

    /// The segment that holds an offset, or the last before it.
    func index(holding offset: Int64) -> Int? {
        starts.lastIndex { $0 <= offset }
    }
}
