package import Domain
package import Workflows

/// An event as it stands in the store.
package struct RecordedEvent: Sendable {
    /// Counts from 1 within its run.
    package let sequence: Int64
    package let time: Timestamp
    package let event: RunEvent

    package init(sequence: Int64, time: Timestamp, event: RunEvent) {
        self.sequence = sequence
        self.time = time
        self.event = event
    }
}
