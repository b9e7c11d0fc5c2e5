/// Somebody has come to something that was to be removed: it stays.
package struct GarbageInUse: Error {
    package init() {}
}

/// Something of a home that nothing needs any more.
package struct Garbage: Sendable {
    /// For people: a path, or what it is called elsewhere.
    package let name: String
    /// Bytes that it takes on the disk.
    package let bytes: Int64
    /// Takes it away; what is gone already is no error, what is used again is `GarbageInUse`.
    /// Blocks.
    package let remove: @Sendable () throws -> Void

    package init(
        _ name: String, bytes: Int64, remove: @escaping @Sendable () throws -> Void
    ) {
        self.name = name
        self.bytes = bytes
        self.remove = remove
    }

    /// The same, where it does not matter that it is used again. Blocks.
    package func removeUnlessUsed() throws {
        do { try remove() } catch is GarbageInUse {
            // The next time will do.
        }
    }

    /// A file, or a folder with all that it holds. Blocks for as long as counting takes.
    package static func tree(_ path: String) throws -> Garbage {
        Garbage(path, bytes: try Files.diskUse(of: path).bytes) { try Files.removeTree(path) }
    }
}
