import Domain
import OCI
import Storage
import Testing
import Workflows

@testable import Runs

struct RunStoreTests {
    private static let now = Timestamp(microseconds: 5_000_000)

    private static func store() async throws -> RunStore {
        let database = try Database.inMemory()
        try await database.migrate(RunStore.migrations, at: now)
        return RunStore(database: database)
    }

    @Test("runs are numbered from 1, found by number, id and 'last', and keep their events")
    func creates() async throws {
        let store = try await Self.store()
        for expected in 1...3 as ClosedRange<Int64> {
            let creation = try await store.create(at: Self.now) { number in
                RunCreation(
                    id: RunID(at: Self.now, random: (0, UInt64(number))), number: number,
                    workflow: "demo", definition: Digest(of: []), file: "f.yaml", actor: "me",
                    inputs: ["T_X": "é"], images: [:], source: nil, commit: nil, isDirty: false)
            }
            #expect(creation.number == expected)
        }
        let last = try await store.find("last")
        #expect(last.number == 3)
        #expect(try await store.find("2").number == 2)
        #expect(try await store.find(last.id.text).number == 3)
        #expect(try await store.unfinished().count == 3)
        let events = try await store.events(of: last.id)
        #expect(events.map(\.event.name) == ["created"])
        await #expect(throws: RunsError.self) { try await store.find("99") }
    }
}
