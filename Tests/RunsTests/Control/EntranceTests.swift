import Domain
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
        "whoever enters an attempt that is being started waits for it, whoever comes early does not"
    )
    func waits() async throws {
        let executor = HeldExecutor(mayStart: false)
        try await HeldExecutor.with(executor) { _, service, run in
            let early = try await service.load(run.id).state
            #expect(early.legs[0].state != .starting)
            let refused = await #expect(throws: RunsError.self) {
                try await service.runningAttempt(of: early, leg: 0)
            }
            #expect("\(try #require(refused))".contains("has not started"))
            async let ended = service.advance(run, observer: nil)
            try await executor.wait(forStarts: 1)
            let state = try await service.load(run.id).state
            #expect(state.legs[0].state == .starting)
            async let attempt = service.runningAttempt(of: state, leg: 0)
            executor.letStart()
            #expect(try await attempt == AttemptID(run: run.id, leg: 0, number: 1))
            executor.endAll()
            #expect(try await ended.phase == .succeeded)
            // As it was when its process had been killed: nobody starts it, so nobody is waited for.
            let killed = await #expect(throws: RunsError.self) {
                try await service.runningAttempt(of: state, leg: 0)
            }
            #expect("\(try #require(killed))".contains("slipway resume"))
        }
    }
}
