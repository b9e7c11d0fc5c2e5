import Domain
import Storage
import Workflows

extension RunService {
    /// The group of a run that is to be made, from its inputs; nil without one.
    static func group(
        of request: RunRequest, _ plan: RunPlan, _ creation: RunCreation
    ) throws -> String? {
        guard request.definition.concurrency != nil else { return nil }
        var state = RunState(plan: plan)
        _ = try state.apply(.created(creation), at: Timestamp(microseconds: 0))
        return try group(of: state)
    }

    static func group(of state: RunState) throws -> String? {
        guard let rule = state.plan.definition.concurrency else { return nil }
        do {
            let text = try ReferenceScope(state: state, secrets: [:]).expand(rule.group).text
            return String(text.prefix(500))
        } catch let error as UnresolvedReference {
            throw RunRefusal.invalid(["concurrency.group: \(error.description)"])
        }
    }

    /// Waits until the older runs of the group have ended, or ends them, as the workflow says. A
    /// cancel ends the wait.
    func awaitTurn(
        _ run: OwnedRun, _ observer: (any RunObserver)?, _ departure: Departure?
    ) async throws {
        guard let group = run.group, let rule = run.state.plan.definition.concurrency
        else { return }
        var shown: [Int64] = []
        /// Runs that were told to end, once each: a second time would end their end stages too.
        var told: Set<Int64> = []
        let workflow = run.state.plan.definition.name
        while run.mailbox.isEmpty {
            while let departure, departure.isWanted { try await departure.rest(run.id) }
            let older = try await store.active(
                workflow: workflow, group: group, before: run.number)
            if older.isEmpty { return }
            if older != shown { observer?.willWait(for: older, group: group) }
            shown = older
            if rule.onConflict == .cancelOlder {
                for number in older where !told.contains(number) {
                    if try await cancelOlder(number, run.number) { told.insert(number) }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// False when nobody listens yet although somebody owns the run: then it is asked again.
    private func cancelOlder(_ number: Int64, _ mine: Int64) async throws -> Bool {
        do {
            _ = try await cancel(
                try await store.find(String(number)).id, actor: "slipway",
                reason: "run \(mine) of the same group is newer")
        } catch RunsError.alreadyEnded {
            // It ended by itself meanwhile.
        } catch RunsError.ownedByAnother, RunsError.departing {
            return false
        }
        return true
    }
}
