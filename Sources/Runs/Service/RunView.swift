package import Domain
package import Workflows

/// A run as its events leave it, for a process that only looks: it grows by the events that were
/// committed since, however many there were before.
package struct RunView: Sendable {
    package private(set) var state: RunState
    private var sequence: Int64
    private let id: RunID
    private let store: RunStore

    init(state: RunState, sequence: Int64, id: RunID, store: RunStore) {
        self.state = state
        self.sequence = sequence
        self.id = id
        self.store = store
    }

    /// Applies what another process has committed since, and gives it.
    @discardableResult
    package mutating func refresh() async throws -> [RecordedEvent] {
        let events = try await store.events(of: id, after: sequence)
        for recorded in events {
            _ = try state.apply(recorded.event, at: recorded.time)
            sequence = recorded.sequence
        }
        return events
    }
}

extension RunService {
    /// Begins to look at a run.
    package func view(_ id: RunID) async throws -> RunView {
        let (state, sequence) = try await load(id)
        return RunView(state: state, sequence: sequence, id: id, store: store)
    }
}
