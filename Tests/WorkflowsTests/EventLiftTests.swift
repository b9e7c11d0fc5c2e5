import Domain
import Testing
import Workflows

/// How events of older versions become what is decoded.
struct EventLiftTests {
    /// Version 2 renamed a member, version 3 counts in another unit.
    private static let lifts = EventLifts(
        to: 3,
        steps: [
            1: { members in
                var members = members
                members["leg"] = members.removeValue(forKey: "shard")
                return members
            },
            2: { members throws(EventError) in
                var members = members
                guard let seconds = members["due"]?.integerValue else {
                    throw .missing("due", event: "e")
                }
                members["due"] = .integer(seconds * 1_000_000)
                return members
            },
        ])

    @Test(
        "an event is lifted from version to version, each step once",
        arguments: [
            (["v": 1, "shard": 4, "due": 2], ["v": 3, "leg": 4, "due": 2_000_000]),
            (["v": 2, "leg": 4, "due": 2], ["v": 3, "leg": 4, "due": 2_000_000]),
            (["v": 3, "leg": 4, "due": 2], ["v": 3, "leg": 4, "due": 2]),
        ] as [(JSONValue, JSONValue)])
    func lifts(stored: JSONValue, expected: JSONValue) throws {
        #expect(try Self.lifts.lift(stored) == expected)
    }

    @Test(
        "what no step leads from, and what is newer, is refused by its version",
        arguments: [
            (4, EventError.newerVersion(4)), (0, .unknownVersion(0)), (-1, .unknownVersion(-1)),
            (2, .missing("due", event: "e")),
        ] as [(Int64, EventError)])
    func refuses(version: Int64, expected: EventError) {
        #expect(throws: expected) { try Self.lifts.lift(["v": .integer(version)]) }
    }

    @Test("this version reads every version that there was")
    func complete() throws {
        for version in 1...RunEvent.version {
            #expect(try EventLifts.all.lift(["v": .integer(version)])["v"]?.integerValue != nil)
        }
    }
}
