import Domain
import Testing

@testable import SlipwayCommands

struct ShownTimeTests {
    @Test("what ended before it began, by a clock that was put back, took no time")
    func neverNegative() {
        let now = Timestamp(microseconds: 1_795_000_000_000_000)
        let later = now + .seconds(90)
        #expect(Shown.duration(from: now, to: later, now: now) == Shown.duration(.seconds(90)))
        for (start, end) in [(later, now), (later, nil)] as [(Timestamp, Timestamp?)] {
            #expect(Shown.duration(from: start, to: end, now: now) == Shown.duration(.zero))
        }
    }
}
