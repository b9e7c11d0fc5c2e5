import Domain
import Workflows

/// Events that are to come, by their times and, among equal times, in the order of arrival.
struct EventQueue {
    private struct Entry {
        let time: Timestamp
        let order: Int
        let event: RunEvent

        func precedes(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
    }

    /// A binary heap, the earliest first.
    private var heap: [Entry] = []
    private var count = 0

    mutating func add(_ event: RunEvent, at time: Timestamp) {
        heap.append(Entry(time: time, order: count, event: event))
        count += 1
        var index = heap.count - 1
        while index > 0, heap[index].precedes(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// All events of the earliest time; nil when nothing is to come.
    mutating func takeNext() -> (time: Timestamp, events: [RunEvent])? {
        guard let time = heap.first?.time else { return nil }
        var events: [RunEvent] = []
        while let first = heap.first, first.time == time {
            events.append(first.event)
            removeFirst()
        }
        return (time, events)
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].precedes(heap[least]) { least = child }
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
