package import Domain
import Foundation
import GRDB
import Glibc

/// A named change of the schema; the list of a capability only ever grows.
package struct Migration: Sendable {
    package let name: String
    package let statements: [String]

    package init(name: String, statements: [String]) {
        self.name = name
        self.statements = statements
    }
}

/// The one seam to a relational store: SQLite today, in WAL mode, where every commit is synced.
///
/// Writers of several processes wait for each other for up to ten seconds.
package final class Database: Sendable {
    private let writer: any DatabaseWriter
    /// Nil for a store in memory.
    private let path: String?

    /// Opens or creates the file.
    package init(path: String) throws(StorageError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        self.path = path
        do { writer = try Self.open(path, configuration) } catch {
            throw Self.translate(error, path)
        }
    }

    /// Two connections that turn WAL on in one new file would wait for each other, so SQLite
    /// refuses one of them at once, without its busy handler (sqlite3_busy_handler). That one
    /// comes again, for as long as writers wait. Blocks.
    private static func open(
        _ path: String, _ configuration: Configuration
    ) throws -> any DatabaseWriter {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration)
                // GRDB sets NORMAL when it turns WAL on, after its own hooks: FULL comes later.
                try pool.writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA synchronous = FULL")
                }
                return pool
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard ContinuousClock.now < deadline else { throw error }
                usleep(20_000)
            }
        }
    }

    /// Opens a file that is there, to look alone: nothing is written, and a writer is waited for
    /// for 200 ms at most.
    package static func readOnly(path: String) throws(StorageError) -> Database {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(0.2)
        do {
            return Database(
                writer: try DatabaseQueue(path: path, configuration: configuration), path: path)
        } catch {
            throw translate(error, path)
        }
    }

    /// A store that lives as long as this object, for tests.
    package static func inMemory() throws(StorageError) -> Database {
        do {
            return Database(writer: try DatabaseQueue(), path: nil)
        } catch {
            throw translate(error, nil)
        }
    }

    init(writer: any DatabaseWriter, path: String?) {
        self.writer = writer
        self.path = path
    }

    /// Runs `body` in one transaction; an error rolls it back.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await writer.write { try body(Transaction(database: $0)) }
        } catch let error as DatabaseError {
            throw Self.translate(error, path)
        }
    }

    /// Runs `body` on one snapshot of the store; it does not wait for writers.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await writer.read { try body(Transaction(database: $0)) }
        } catch let error as DatabaseError {
            throw Self.translate(error, path)
        }
    }

    /// Runs one statement that must not stand in a transaction.
    func outsideTransactions(_ sql: String) async throws {
        do {
            try await writer.barrierWriteWithoutTransaction { try $0.execute(sql: sql) }
        } catch let error as DatabaseError {
            throw Self.translate(error, path)
        }
    }

    /// Applies what is missing, in order, in one transaction. A store that holds migrations which
    /// this list lacks comes from a newer version and is left alone.
    package func migrate(_ migrations: [Migration], at now: Timestamp) async throws {
        try await write { transaction in
            try transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS migrations (
                    name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL
                ) WITHOUT ROWID
                """)
            let rows = try transaction.query("SELECT name FROM migrations")
            let applied = Set(try rows.map { try $0.text(at: 0) })
            try Self.refuse(unknown: applied, among: migrations)
            for migration in migrations where !applied.contains(migration.name) {
                for statement in migration.statements { try transaction.execute(statement) }
                try transaction.execute(
                    "INSERT INTO migrations (name, applied_at) VALUES (?, ?)",
                    [.text(migration.name), .integer(now.microseconds)])
            }
        }
    }

    static func translate(_ error: any Error, _ path: String?) -> StorageError {
        if let error = error as? StorageError { return error }
        guard let error = error as? DatabaseError else { return .database("\(error)") }
        let place = path ?? "slipway.db"
        switch error.resultCode {
        case .SQLITE_FULL: return .diskFull(path: place, freeBytes: Files.freeBytes(near: place))
        case .SQLITE_BUSY: return .database("another process holds it for too long; try again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .database("the file is damaged: \(error)")
        case .SQLITE_READONLY: return .readOnly(path: place)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN:
            // Of its other files SQLite tells no more than that it cannot write them.
            return ofTheDisk(holding: place) ?? .database("\(error)")
        default: return .database("\(error)")
        }
    }

    /// The smallest room that is no reason for an error of SQLite's: its files grow by so much.
    private static let leastRoom: Int64 = 64 << 10

    private static func ofTheDisk(holding path: String) -> StorageError? {
        // A store in memory has none.
        guard let folder = PathText.parent(of: path) else { return nil }
        do {
            if try Files.isReadOnly(folder) { return .readOnly(path: path) }
        } catch {
            return nil
        }
        guard let free = Files.freeBytes(near: folder), free < leastRoom else { return nil }
        return .diskFull(path: path, freeBytes: free)
    }
}

/// One transaction; must not leave the closure that was given it.
package struct Transaction {
    let database: GRDB.Database

    /// Runs one statement whose text is prepared once and kept.
    package func execute(_ sql: String, _ values: [SQLValue] = []) throws {
        let statement = try database.cachedStatement(sql: sql)
        try statement.execute(arguments: StatementArguments(values.map(\.databaseValue)))
    }

    package func query(_ sql: String, _ values: [SQLValue] = []) throws -> [ResultRow] {
        let statement = try database.cachedStatement(sql: sql)
        let arguments = StatementArguments(values.map(\.databaseValue))
        return try GRDB.Row.fetchAll(statement, arguments: arguments).map { row in
            ResultRow(values: row.databaseValues.map(SQLValue.init))
        }
    }
}

extension SQLValue {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }

    init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let value): .integer(value)
            case .double(let value): .real(value)
            case .string(let value): .text(value)
            case .blob(let value): .blob(Array(value))
            }
    }
}
