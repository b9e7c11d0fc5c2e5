import Domain
import OCI
import Storage
import Testing
import Workflows

@testable import Runs

/// Runs that go: their rows, in small transactions, and what stays of them.
struct RunRemovalTests {
    private static let now = Timestamp(microseconds: 5_000_000)

    private static func store() async throws -> (RunStore, Database) {
        let database = try Database.inMemory()
        try await database.migrate(RunStore.migrations, at: now)
        return (RunStore(database: database), database)
    }

    @discardableResult
    private static func make(
        _ store: RunStore, rerunOf old: RunID? = nil, definition: Digest = Digest(of: [])
    ) async throws -> RunCreation {
        try await store.create(at: now) { number in
            RunCreation(
                id: RunID(at: now, random: (0, UInt64(number))), number: number, workflow: "demo",
                definition: definition, file: "f.yaml", actor: "me", inputs: [:], images: [:],
                source: nil, commit: nil, isDirty: false, rerunOf: old)
        }
    }

    private static func end(_ database: Database, _ runs: [RunID]) async throws {
        try await database.write { transaction in
            for run in runs {
                try transaction.execute(
                    "UPDATE runs SET state = 'failed', ended_at = 7 WHERE id = ?",
                    [.text(run.text)])
            }
        }
    }

    private static func count(_ database: Database, _ table: String) async throws -> Int64? {
        try await database.read {
            try $0.query("SELECT count(*) FROM \(table)").first?.integer(at: 0)
        }
    }

    @Test("a run goes from lists at once, its events after that, its number never comes again")
    func removes() async throws {
        let (store, database) = try await Self.store()
        let first = try await Self.make(store)
        let second = try await Self.make(store)
        try await Self.end(database, [first.id, second.id])
        let families = try await store.families { _ in false }
        #expect(families.map(\.number) == [1, 2])
        let gone = try await store.remove(families)
        #expect(gone.count == 2)
        await #expect(throws: RunsError.self) { try await store.find("2") }
        #expect(try await Self.count(database, "run_events") == 2)
        #expect(try await store.forgottenEvents() == 2)
        while try await store.removeForgotten() {}
        #expect(try await Self.count(database, "run_events") == 0)
        #expect(try await Self.make(store).number == 3)
    }

    @Test("events of a large run go some at a time, and those of others stay")
    func large() async throws {
        let (store, database) = try await Self.store()
        let kept = try await Self.make(store)
        try await database.write { transaction in
            for run in ["0lost", "zlost"] {
                for sequence in 1...6000 as ClosedRange<Int64> {
                    try transaction.execute(
                        "INSERT INTO run_events VALUES (?, ?, 1, 0, x'7b7d')",
                        [.text(run), .integer(sequence)])
                }
            }
            try transaction.execute(
                "INSERT INTO run_reports (run_id, digest, namespace_id) VALUES ('0lost', 'd', 1)")
        }
        var rounds = 0
        while try await store.removeForgotten() { rounds += 1 }
        #expect(rounds == 3)
        #expect(try await Self.count(database, "run_events") == 1)
        #expect(try await Self.count(database, "run_reports") == 0)
        #expect(try await store.events(of: kept.id).count == 1)
    }

    @Test("a run that began again to go on between the look and the removal stays")
    func revived() async throws {
        let (store, database) = try await Self.store()
        let run = try await Self.make(store)
        try await Self.end(database, [run.id])
        let families = try await store.families { _ in false }
        try await database.write {
            try $0.execute("UPDATE runs SET state = 'paused' WHERE id = ?", [.text(run.id.text)])
        }
        #expect(try await store.remove(families).isEmpty)
        #expect(try await store.find("1").id == run.id)
    }

    @Test("what an unfinished rerun was made from is bound, and so is what somebody holds")
    func bound() async throws {
        let (store, database) = try await Self.store()
        let old = try await Self.make(store)
        let rerun = try await Self.make(store, rerunOf: old.id)
        try await Self.end(database, [old.id])
        #expect(try await store.families { _ in false }.map(\.isBound) == [true, true])
        try await Self.end(database, [rerun.id])
        #expect(try await store.families { _ in false }.map(\.isBound) == [false, false])
        let held = try await store.families { $0 == old.id }
        #expect(held.map(\.isBound) == [true, false])
    }

    @Test("every event that names a digest is read, over all pages, and no other")
    func naming() async throws {
        let (store, database) = try await Self.store()
        var wanted: Set<String> = []
        for index in 0..<450 {
            let digest = Digest(of: "\(index)".utf8)
            try await Self.make(store, definition: digest)
            wanted.insert(digest.description)
        }
        try await database.write {
            try $0.execute("INSERT INTO run_events VALUES ('zz', 1, 1, 0, x'7b7d')")
        }
        var count = 0
        var inventory = BlobInventory()
        try await store.forEachNaming { run, event in
            count += 1
            #expect(run != "zz")
            inventory.mark(everyDigestIn: event)
            for digest in wanted where String(decoding: event, as: UTF8.self).contains(digest) {
                wanted.remove(digest)
                break
            }
        }
        #expect(count == 450)
        #expect(wanted.isEmpty)
    }
}
