import GRDB
import Glibc

/// Stores on disks that take no writes.
extension Database {
    /// Opens a copy of a store, for a disk that takes no writes: SQLite reads no file in WAL mode
    /// without writing beside it. Others may write where the same disk is mounted otherwise: the
    /// copy is of one moment all the same, or an error says that there was none. It lies in the
    /// folder for temporary files and has no name there any more. Blocks, for some seconds at most
    /// beside the copying. `meanwhile` is called after each try, before it is looked at once more.
    package static func copy(
        ofPath path: String, meanwhile: () throws(StorageError) -> Void = {}
    ) throws(StorageError) -> Database {
        guard Files.exists(path) else {
            throw .system(operation: "open", path: path, errno: ENOENT)
        }
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-store")
        let result = Result { () throws(StorageError) -> Database in
            let copy = "\(folder)/slipway.db"
            try copyAtRest(path, to: copy, meanwhile)
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

    private static let copies = 40
    private static let pauseMicroseconds: UInt32 = 50_000

    /// Copies the file and its write-ahead log at a time when nothing is taken from the one into
    /// the other. What is added to the log meanwhile does no harm: each of its frames has a
    /// checksum, and only what is whole, up to a commit, is read (sqlite.org/walformat.html).
    private static func copyAtRest(
        _ path: String, to copy: String, _ meanwhile: () throws(StorageError) -> Void
    ) throws(StorageError) {
        for _ in 0..<copies {
            let before = try StoreMark(path)
            for suffix in ["-wal", ""] { try Files.remove(copy + suffix) }
            for suffix in ["", "-wal"] where Files.exists(path + suffix) {
                try Files.copy(path + suffix, to: copy + suffix)
            }
            try meanwhile()
            if before.isOld, try StoreMark(path) == before { return }
            usleep(pauseMicroseconds)
        }
        throw .changing(path: path)
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

/// What tells that a store's file was written, or its write-ahead log begun anew, between two
/// looks.
private struct StoreMark: Equatable {
    private let file: FileStatus.Identity?
    private let size: Int64
    private let modified: FileTime
    /// With the salts of the log, which change when it begins anew.
    private let logHeader: [UInt8]
    /// Whether the file's time tells of every write since: it counts in steps of the kernel's
    /// clock.
    let isOld: Bool

    private static let headerSize = 32
    private static let clockStep: Int64 = 20_000_000

    init(_ path: String) throws(StorageError) {
        let status = try Files.status(path)
        file = status?.identity
        size = status?.size ?? 0
        let time = status?.modified ?? FileTime(seconds: 0, nanoseconds: 0)
        modified = time
        let now = FileTime.now
        let age = (now.seconds - time.seconds) * 1_000_000_000 + now.nanoseconds - time.nanoseconds
        isOld = age > Self.clockStep || age < 0
        do {
            logHeader = try Files.open("\(path)-wal").read(Self.headerSize)
        } catch {
            guard case .system(_, _, ENOENT) = error else { throw error }
            logHeader = []
        }
    }
}
