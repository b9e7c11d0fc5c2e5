import Glibc

/// The end of somebody's patience.
package struct Deadline: Sendable {
    package let limit: Duration
    private let end: ContinuousClock.Instant

    package init(after limit: Duration) {
        self.limit = limit
        end = ContinuousClock.now + limit
    }

    package var isOver: Bool { ContinuousClock.now >= end }

    /// Waits until a file can be read without waiting; false when the deadline comes first. Blocks.
    package func awaits(_ file: OpenFile) -> Bool {
        while true {
            let rest = ContinuousClock.now.duration(to: end)
            // Rounded up, so that the last wait does not spin.
            let (seconds, fraction) = max(rest, .zero).components
            let milliseconds = min(seconds, 1_000_000) * 1000 + fraction / 1_000_000_000_000_000 + 1
            var waiting = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
            let count = unsafe poll(&waiting, 1, Int32(milliseconds))
            if count > 0 { return true }
            if count == 0, isOver { return false }
        }
    }
}
