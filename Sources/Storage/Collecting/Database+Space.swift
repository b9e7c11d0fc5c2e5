/// What the database takes on its disk.
package struct DatabaseSpace: Sendable {
    /// Bytes of the file.
    package let total: Int64
    /// Bytes of it that hold nothing any more; new rows are written there.
    package let free: Int64
}

extension Database {
    package func space() async throws -> DatabaseSpace {
        try await read { transaction in
            func value(_ name: String) throws -> Int64 {
                try transaction.query("PRAGMA \(name)").first?.integer(at: 0) ?? 0
            }
            let page = try value("page_size")
            return DatabaseSpace(
                total: try value("page_count") * page, free: try value("freelist_count") * page)
        }
    }

    /// Writes the file anew without its free pages, and empties the write-ahead log. Needs as much
    /// room as the file has content, and nobody else may use it (sqlite.org/lang_vacuum.html).
    package func compact() async throws {
        try await outsideTransactions("VACUUM")
        try await checkpoint()
    }

    /// Empties the write-ahead log into the file, as far as nobody reads from it.
    package func checkpoint() async throws {
        try await outsideTransactions("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
