import GRDB
import Glibc

/// Stores on disks that take no writes.
extension Database {
    /// Opens a copy of a store, for a disk that takes no writes: SQLite reads no file in WAL mode
    /// without writing beside it. Nobody else can write there either, so the copy stays true. It
    /// lies in the folder for temporary files and has no name there any more. Blocks.
    package static func copy(ofPath path: String) throws(StorageError) -> Database {
        guard Files.exists(path) else {
            throw .system(operation: "open", path: path, errno: ENOENT)
        }
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-store")
        let result = Result { () throws(StorageError) -> Database in
            let copy = "\(folder)/slipway.db"
            for suffix in ["", "-wal"] where Files.exists(path + suffix) {
                try Files.copy(path + suffix, to: copy + suffix)
            }
            do {
                let queue = try DatabaseQueue(path: copy)
                // One file from here on, so that its names can go.
                try queue.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA journal_mode = DELETE")
                    try database.execute(sql: "PRAGMA query_only = TRUE")
                }
                return Database(writer: queue, path: path)
            } catch {
                throw translate(error, copy)
            }
        }
        try Files.removeTree(folder)
        return try result.get()
    }

    /// Checks that a store which cannot be changed has all tables that this version reads.
    package func checkMigrated(_ migrations: [Migration]) async throws {
        let applied = try await read { transaction in
            let isThere = try !transaction.query(
                "SELECT 1 FROM sqlite_master WHERE name = 'migrations'"
            ).isEmpty
            return isThere
                ? try transaction.query("SELECT name FROM migrations").map { try $0.text(at: 0) }
                : []
        }
        try Self.refuse(unknown: Set(applied), among: migrations)
        let missing = migrations.map(\.name).filter { !applied.contains($0) }
        guard missing.isEmpty else { throw StorageError.storeFromOlderVersion(missing) }
    }

    /// A store that holds migrations which a list lacks comes from a newer version.
    static func refuse(
        unknown applied: Set<String>, among migrations: [Migration]
    ) throws(StorageError) {
        let unknown = applied.subtracting(migrations.map(\.name))
        guard unknown.isEmpty else { throw .storeFromNewerVersion(unknown.sorted()) }
    }
}
