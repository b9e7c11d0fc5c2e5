import Dispatch
import Domain
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Who enters an attempt is let in when that is recorded (docs/decisions/0021).
struct EntranceTests {
    private static let entrance = Entrance(
        actor: "ada", command: ["sh", "-c", "x y"], user: "1", service: "db")
    private static let event = RunEvent.attemptEntered(leg: 3, attempt: 2, entrance)

    @Test("the message and the event read back")
    func roundTrip() throws {
        let message = ControlMessage.enter(leg: 3, attempt: 2, Self.entrance)
        #expect(ControlMessage(line: message.json.canonicalBytes) == message)
        let stored = try JSONParser.parse(Self.event.json.canonicalBytes)
        #expect(try RunEvent(json: stored) == Self.event)
        let plain = RunEvent.attemptEntered(
            leg: 0, attempt: 1, Entrance(actor: "a", command: ["b"]))
        #expect(try RunEvent(json: try JSONParser.parse(plain.json.canonicalBytes)) == plain)
    }

    @Test(
        "an answer comes with the commit; a refusal when it was dropped, or the loop ended"
    )
    func answers() async throws {
        let definition = try #require(
            WorkflowFile.parse(
                Array(
                    "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: j, component: b}]}]".utf8
                )
            ).definition)
        let run = try #require(RunID(parsing: "01arz3ndektsv4rrffq69g5fav"))
        let state = RunState(plan: RunPlan(definition))
        let recorded = RecordedEvent(
            sequence: 1, time: Timestamp(microseconds: 0), event: Self.event)
        for (events, isTaken) in [([recorded], true), ([], false)] {
            let (entrances, mailbox) = (
                Entrances(state, of: run, limit: .seconds(120)), Mailbox<RunEvent>()
            )
            async let answer = IOPool.shared.run { entrances.ask(Self.event, mailbox) }
            let asked = await mailbox.take()
            #expect(asked == [Self.event])
            entrances.willCommit(events)
            entrances.didCommit(events, asked: asked)
            #expect((try await answer == .taken) == isTaken)
            let id = AttemptID(run: run, leg: 3, number: 2)
            #expect(entrances.wasEntered(id) == isTaken)
        }
        let (entrances, mailbox) = (
            Entrances(state, of: run, limit: .seconds(120)), Mailbox<RunEvent>()
        )
        async let answer = IOPool.shared.run { entrances.ask(Self.event, mailbox) }
        _ = await mailbox.take()
        entrances.close()
        #expect(try await answer == .refused("the attempt has just ended"))
        #expect(entrances.ask(Self.event, mailbox) == .refused("the attempt has just ended"))
        #expect(mailbox.isEmpty)
    }
}
