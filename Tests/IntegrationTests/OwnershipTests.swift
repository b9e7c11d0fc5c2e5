import Domain
import Storage
import TestSupport
import Testing

/// Several commands want one run at once: one process has it, and the others are told so.
struct OwnershipTests {
    /// What a command may end with, by its verb.
    private static let codes: [String: Set<Int32>] = [
        // Carried to its end, cancelled, back in the pause, refused, or over already.
        "resume": [0, 1, 2, 7, 8],
        // Taken, not waiting (any more), owned for too long, or decided already.
        "approve": [0, 1, 2, 4], "cancel": [0, 1, 2],
    ]

    /// Words of which an error has some: anything else is no clear refusal.
    private static let refusals = [
        "is being advanced by another process", "is being given to another process",
        "has already ended", "waits for nobody", "has decided already",
        "was already approved by root",
        "waits in 'wait' no more",
    ]

    private static let flow = Flow.stages([
        Flow.stage("work", jobs: [Flow.job("it", "echo worked")]),
        "- name: wait\n  type: pause\n",
        Flow.stage("later", "run: parallel", jobs: [Flow.job("it", "echo more", "shards: 2")]),
    ])

    @Test("resume, approve and cancel at once, again and again: one owner, one end, clear refusals")
    func fight() async throws {
        try await TestHome.busy { home in
            let rounds = TestSettings.number("SLIPWAY_FIGHTS", default: 5)
            for round in 1...rounds {
                #expect(try await home.run(Self.flow).code == 8)
                var random = SeededGenerator(seed: UInt64(round))
                // Without a cancel in every second round, so that approvals win too.
                var verbs = ["resume", "resume", "resume", "approve", "approve", "approve"]
                if round % 2 == 0 { verbs += ["cancel", "cancel"] }
                verbs.shuffle(using: &random)
                let programs = try verbs.map { ($0, try home.start([$0, "last"])) }
                for (verb, program) in programs {
                    let result = try await program.wait()
                    #expect(Self.codes[verb]?.contains(result.code) == true)
                    guard result.code == 2 || (result.code == 1 && verb != "resume") else {
                        continue
                    }
                    #expect(
                        Self.refusals.contains { result.error.contains($0) },
                        "round \(round), \(verb): \(result.error)")
                }
                let phase = try await Self.settle(home)
                #expect(["succeeded", "cancelled"].contains(phase))
                if round % 2 == 1 { #expect(phase == "succeeded") }
                try await Self.checkEvents(home, round)
                try await home.expectNothingLeftSoon()
            }
        }
    }

    @Test(
        "an approval and a rejection at once: one counts, the other is told which",
        arguments: [true, false])
    func decisions(isCarried: Bool) async throws {
        try await TestHome.busy { home in
            let rounds = TestSettings.number("SLIPWAY_FIGHTS", default: 5)
            for round in 1...rounds {
                var carrier: Terminal?
                if isCarried {
                    carrier = try Terminal(home, ["run", try home.workflow(Self.flow)])
                    #expect(try await carrier?.shows("a approve") == true)
                } else {
                    #expect(try await home.run(Self.flow).code == 8)
                }
                let verbs = round % 2 == 0 ? ["approve", "reject"] : ["reject", "approve"]
                let programs = try verbs.map { ($0, try home.start([$0, "last"])) }
                var results: [String: ProgramResult] = [:]
                for (verb, program) in programs { results[verb] = try await program.wait() }
                let isApproved = results["approve"]?.code == 0
                let loser = results[isApproved ? "reject" : "approve"]
                #expect(results.values.count { $0.code == 0 } == 1)
                #expect(loser?.code == 1)
                let word = isApproved ? "approved" : "rejected"
                #expect(
                    loser?.error.contains("run \(round) was already \(word) by root; it ") == true,
                    "\(loser?.error ?? "")")
                if let carrier {
                    #expect(try await carrier.program.wait().code == (isApproved ? 0 : 1))
                }
                let phase = try await Self.settle(home)
                #expect(phase == (isApproved ? "succeeded" : "failed"))
                try await Self.checkEvents(home, round)
                try await home.expectNothingLeftSoon()
            }
        }
    }

    /// Brings the run to its end when the fight has left it in the pause.
    private static func settle(_ home: TestHome) async throws -> String {
        for _ in 0..<4 {
            let state = try await home.show()["state"]?.stringValue ?? "?"
            guard ["queued", "running", "paused"].contains(state) else { return state }
            _ = try await home.slipway(["approve", "last"])
            _ = try await home.slipway(["resume", "last"])
        }
        return "unsettled"
    }

    /// Each thing happened once, in one line of events.
    private static func checkEvents(_ home: TestHome, _ round: Int) async throws {
        let database = try Database(path: "\(home.path)/slipway.db")
        let events = try await database.read {
            try $0.query(
                "SELECT sequence, body FROM run_events JOIN runs ON id = run_id WHERE number = ? "
                    + "ORDER BY sequence", [.integer(Int64(round))]
            ).map { (try $0.integer(at: 0), try JSONParser.parse(try $0.blob(at: 1))) }
        }
        #expect(events.map(\.0) == Array(1...Int64(events.count)))
        func count(_ type: String) -> Int {
            events.filter { $0.1["type"]?.stringValue == type }.count
        }
        #expect(count("created") == 1)
        #expect(count("started") == 1)
        #expect(count("run-ended") == 1)
        #expect(count("decided") <= 1)
        let starts = events.filter { $0.1["type"] == "attempt-starting" }.map {
            "\($0.1["leg"]?.integerValue ?? -1) \($0.1["attempt"]?.integerValue ?? -1)"
        }
        #expect(Set(starts).count == starts.count)
    }
}
