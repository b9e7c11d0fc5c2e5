import Domain
import Testing

struct TextFormsTests {
    @Test(
        "durations",
        arguments: [("500ms", 500), ("30s", 30_000), ("1h30m", 5_400_000), ("2d", 172_800_000)])
    func duration(text: String, milliseconds: Int64) throws {
        #expect(try Duration(parsing: text).milliseconds == milliseconds)
    }

    @Test("what is no duration", arguments: ["", "5", "s", "-1s", "1.5h", "9999999999h", "1h h"])
    func notDuration(text: String) {
        #expect(throws: QuantityError.duration(text)) { try Duration(parsing: text) }
    }

    @Test("processor shares", arguments: [("2", 2000), ("0.5", 500), ("500m", 500), ("1m", 1)])
    func share(text: String, millicores: Int) throws {
        #expect(try ProcessorShare(parsing: text).millicores == millicores)
    }

    @Test("what is no processor share", arguments: ["", "0", ".5", "1.5m", "2000000", "x"])
    func notShare(text: String) {
        #expect(throws: QuantityError.cpu(text)) { try ProcessorShare(parsing: text) }
    }

    @Test("sizes", arguments: [("4096", 4096), ("512Ki", 524_288), ("5M", 5_000_000)])
    func size(text: String, bytes: Int64) throws {
        #expect(try ByteSize(parsing: text).bytes == bytes)
    }

    @Test("what is no size", arguments: ["", "0", "-1", "1Xi", "99999999999999999999", "9999Ti"])
    func notSize(text: String) {
        #expect(throws: QuantityError.size(text)) { try ByteSize(parsing: text) }
    }

    @Test("a time shows as RFC 3339, and its day counts back")
    func time() {
        let time = Timestamp(microseconds: 1_795_521_605_123_456)
        #expect(time.description == "2026-11-24T12:00:05.123Z")
        #expect(CivilDate.seconds(year: 2026, month: 11, day: 24) == 1_795_478_400)
    }

    @Test("ids of runs sort by time and read back")
    func ids() throws {
        let early = RunID(at: Timestamp(microseconds: 1_000_000), random: (1, 2))
        let late = RunID(at: Timestamp(microseconds: 2_000_000), random: (0, 0))
        #expect(early < late)
        #expect(RunID(parsing: early.text.uppercased()) == early)
        #expect(RunID(parsing: "short") == nil)
    }

    @Test("a secret does not print")
    func secret() {
        #expect("\(Secret("hunter22"))" == "<secret>")
        #expect(String(reflecting: Secret("hunter22")) == "<secret>")
    }
}
