import Domain
import Synchronization
import Workflows

/// Hands out events at their times; one task sleeps for the earliest.
///
/// Times are kept by a monotonic clock, so that a step of the wall clock, forward or back, moves no
/// deadline of this process.
final class AlarmClock: Sendable {
    private struct Alarm {
        let time: ContinuousClock.Instant
        let event: RunEvent
    }

    private let alarms = Mutex<[Alarm]>([])
    private let changes = Mailbox<Void>()
    private let clock = ContinuousClock()

    /// `delay` is counted from now; one that is over is due at once.
    func add(after delay: Duration, _ event: RunEvent) {
        let alarm = Alarm(time: clock.now + delay, event: event)
        let isEarliest = alarms.withLock { alarms in
            alarms.append(alarm)
            return Self.rise(&alarms) == 0
        }
        if isEarliest { changes.post(()) }
    }

    /// Runs until its task is cancelled.
    func run(deliver: @Sendable (RunEvent) -> Void) async {
        while !Task.isCancelled {
            let (due, next) = takeDue()
            due.forEach(deliver)
            guard let next else {
                _ = await changes.take()
                continue
            }
            await withTaskGroup { group in
                group.addTask { [clock] in
                    do { try await clock.sleep(until: next) } catch {
                        // Cancelled: an earlier alarm was set, or the run has ended.
                    }
                }
                group.addTask { [changes] in _ = await changes.take() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func takeDue() -> (due: [RunEvent], next: ContinuousClock.Instant?) {
        let time = clock.now
        return alarms.withLock { alarms in
            var due: [RunEvent] = []
            while let first = alarms.first, first.time <= time {
                due.append(first.event)
                Self.removeFirst(&alarms)
            }
            return (due, alarms.first?.time)
        }
    }

    // MARK: A binary heap, the earliest first

    /// Moves the last alarm to its place; gives that place.
    private static func rise(_ alarms: inout [Alarm]) -> Int {
        var index = alarms.count - 1
        while index > 0, alarms[index].time < alarms[(index - 1) / 2].time {
            alarms.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
        return index
    }

    private static func removeFirst(_ alarms: inout [Alarm]) {
        alarms.swapAt(0, alarms.count - 1)
        alarms.removeLast()
        var index = 0
        while true {
            let children = (2 * index + 1)..<min(2 * index + 3, max(2 * index + 1, alarms.count))
            guard let least = children.min(by: { alarms[$0].time < alarms[$1].time }),
                alarms[least].time < alarms[index].time
            else { return }
            alarms.swapAt(index, least)
            index = least
        }
    }
}
