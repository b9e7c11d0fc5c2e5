import Domain
import Synchronization
import Workflows

/// Hands out events at their times; one task sleeps for the earliest.
final class AlarmClock: Sendable {
    private struct Alarm {
        let time: Timestamp
        let event: RunEvent
    }

    private let alarms = Mutex<[Alarm]>([])
    private let changes = Mailbox<Void>()
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    func add(at time: Timestamp, _ event: RunEvent) {
        let isEarliest = alarms.withLock { alarms in
            // Latest first: alarms are mostly set in the order of their times, and the earliest
            // is taken from the end.
            var low = 0
            var high = alarms.count
            while low < high {
                let middle = (low + high) / 2
                if alarms[middle].time > time { low = middle + 1 } else { high = middle }
            }
            alarms.insert(Alarm(time: time, event: event), at: low)
            return low == alarms.count - 1
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
            let pause = max(.milliseconds(1), next.since(now()))
            await withTaskGroup { group in
                group.addTask {
                    do { try await Task.sleep(for: pause) } catch {
                        // Cancelled: an earlier alarm was set, or the run has ended.
                    }
                }
                group.addTask { [changes] in _ = await changes.take() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func takeDue() -> (due: [RunEvent], next: Timestamp?) {
        let time = now()
        return alarms.withLock { alarms in
            var due: [RunEvent] = []
            while let last = alarms.last, last.time <= time {
                due.append(last.event)
                alarms.removeLast()
            }
            return (due, alarms.last?.time)
        }
    }
}
