package import Domain
package import Workflows

/// A run with everything that happened to it, in order: for who asks why.
package struct RunHistory: Sendable {
    /// As the events leave it.
    package let state: RunState
    package let events: [RecordedEvent]

    package init(state: RunState, events: [RecordedEvent]) {
        self.state = state
        self.events = events
    }

    /// What references mean now. Secrets are never stored: `***` stands for each.
    var scope: ReferenceScope {
        let definition = state.plan.definition
        let names = definition.secrets + definition.environmentUses.flatMap(\.secretKeys)
        return ReferenceScope(
            state: state,
            secrets: Dictionary(names.map { ($0, Secret(Self.masked)) }) { first, _ in first })
    }

    static let masked = "***"
}

extension RunService {
    /// A run as its events leave it, with these.
    package func history(of id: RunID) async throws -> RunHistory {
        let events = try await store.events(of: id)
        guard case .created(let creation)? = events.first?.event else {
            throw RunsError.noSuchRun(id.text)
        }
        guard let definition = try creation.definition(in: blobs) else {
            throw RunsError.damagedDefinition(RunName(id, number: creation.number))
        }
        var state = RunState(plan: RunPlan(definition))
        for recorded in events { _ = try state.apply(recorded.event, at: recorded.time) }
        return RunHistory(state: state, events: events)
    }
}
