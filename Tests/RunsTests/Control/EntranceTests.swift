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
}
