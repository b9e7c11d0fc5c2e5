import Domain
import Storage
import Synchronization
import TestSupport
import Testing

struct DatabaseTests {
    private static let now = Timestamp(microseconds: 0)
    private static let table = Migration(name: "t-1", statements: ["CREATE TABLE t (n INTEGER)"])

    @Test("every commit is synced: WAL and FULL, read back from the writer")
    func durability() async throws {
        try await withTemporaryFolder { path in
            let database = try Database(path: "\(path)/s.db")
            let rows = try await database.write { transaction in
                let mode = try transaction.query("PRAGMA journal_mode").first?.text(at: 0)
                let level = try transaction.query("PRAGMA synchronous").first?.integer(at: 0)
                return (mode, level)
            }
            #expect(rows.0 == "wal")
            #expect(rows.1 == 2)
        }
    }

    @Test("an error rolls the whole transaction back")
    func rollsBack() async throws {
        struct Stop: Error {}
        let database = try Database.inMemory()
        try await database.migrate([Self.table], at: Self.now)
        await #expect(throws: Stop.self) {
            try await database.write { transaction in
                try transaction.execute("INSERT INTO t VALUES (?)", [.integer(1)])
                throw Stop()
            }
        }
        let count = try await database.read {
            try $0.query("SELECT count(*) FROM t").first?.integer(at: 0)
        }
        #expect(count == 0)
    }

    @Test("a store from a newer version is refused by name")
    func newer() async throws {
        let database = try Database.inMemory()
        let later = Migration(name: "t-2", statements: ["CREATE TABLE u (n INTEGER)"])
        try await database.migrate([Self.table, later], at: Self.now)
        await #expect(throws: StorageError.storeFromNewerVersion(["t-2"])) {
            try await database.migrate([Self.table], at: Self.now)
        }
    }

    @Test("a copy holds what was committed, also in the write-ahead log, and is looked at alone")
    func copies() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/s.db"
            let database = try Database(path: path)
            try await database.migrate([Self.table], at: Self.now)
            try await database.write { try $0.execute("INSERT INTO t VALUES (7)") }
            #expect(try Files.status("\(path)-wal")?.size ?? 0 > 0)
            let copy = try Database.copy(ofPath: path)
            try await copy.checkMigrated([Self.table])
            let count = try await copy.read {
                try $0.query("SELECT sum(n) FROM t").first?.integer(at: 0)
            }
            #expect(count == 7)
            await #expect(throws: StorageError.readOnly(path: path)) {
                try await copy.write { try $0.execute("INSERT INTO t VALUES (8)") }
            }
            let later = Migration(name: "t-2", statements: [])
            await #expect(throws: StorageError.storeFromOlderVersion(["t-2"])) {
                try await copy.checkMigrated([Self.table, later])
            }
            await #expect(throws: StorageError.storeFromNewerVersion(["t-1"])) {
                try await copy.checkMigrated([later])
            }
            // The original is as it was.
            try await database.write { try $0.execute("INSERT INTO t VALUES (9)") }
        }
        #expect(throws: StorageError.self) { try Database.copy(ofPath: "/nowhere/s.db") }
    }

    @Test("a copy of a store that others write to is of one moment, or there is none")
    func copiesAtRest() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/s.db"
            let database = try Database(path: path)
            try await database.migrate(
                [
                    Migration(
                        name: "t-1",
                        statements: [
                            "CREATE TABLE a (n INTEGER, body BLOB)",
                            "CREATE TABLE b (n INTEGER, body BLOB)",
                        ])
                ], at: Self.now)
            let body = SQLValue.blob(Array(repeating: 7, count: 20_000))
            let isOver = Mutex(false)
            let writing = Task {
                var count: Int64 = 0
                while !isOver.withLock({ $0 }) {
                    count += 1
                    let row: [SQLValue] = [.integer(count % 50), body]
                    // Each commit changes pages all over the file, and now and then they move there.
                    try await database.write { transaction in
                        for table in ["a", "b"] {
                            try transaction.execute(
                                "DELETE FROM \(table) WHERE n = ?", [row[0]])
                            try transaction.execute("INSERT INTO \(table) VALUES (?, ?)", row)
                        }
                    }
                    if count % 5 == 0 { try await database.checkpoint() }
                    if count % 40 == 0 { try await Task.sleep(for: .milliseconds(60)) }
                }
            }
            var made = 0
            var looks = 0
            while made < 5, looks < 60 {
                looks += 1
                let copy: Database
                do { copy = try Database.copy(ofPath: path) } catch StorageError.changing {
                    continue
                }
                made += 1
                let (check, same) = try await copy.read { transaction in
                    (
                        try transaction.query("PRAGMA integrity_check").first?.text(at: 0),
                        try transaction.query(
                            "SELECT (SELECT group_concat(n) FROM (SELECT n FROM a ORDER BY n)) IS "
                                + "(SELECT group_concat(n) FROM (SELECT n FROM b ORDER BY n))"
                        ).first?.integer(at: 0)
                    )
                }
                #expect(check == "ok")
                #expect(same == 1)
            }
            isOver.withLock { $0 = true }
            try await writing.value
            #expect(made > 0)
        }
    }

    @Test("a store whose file is written all the time is not copied, and that is said")
    func neverAtRest() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/s.db"
            try Files.writeFile(path, Array(repeating: 0, count: 4096))
            #expect(throws: StorageError.changing(path: path)) {
                _ = try Database.copy(ofPath: path) { () throws(StorageError) in
                    try Files.writeFile(path, Array(repeating: 0, count: 4096))
                }
            }
        }
    }
}
