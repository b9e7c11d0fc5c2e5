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
    func awaitTurn(_ run: OwnedRun, _ observer: (any RunObserver)?) async throws {
        guard let group = run.group, let rule = run.state.plan.definition.concurrency
        else { return }
        var told: [Int64] = []
        let workflow = run.state.plan.definition.name
        while run.mailbox.isEmpty {
            let older = try await store.active(
                workflow: workflow, group: group, before: run.number)
            if older.isEmpty { return }
            if older != told {
                observer?.willWait(for: older, group: group)
                if rule.onConflict == .cancelOlder { try await cancelOlder(older, run.number) }
                told = older
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func cancelOlder(_ numbers: [Int64], _ mine: Int64) async throws {
        for number in numbers {
            do {
                _ = try await cancel(
                    try await store.find(String(number)).id, actor: "slipway",
                    reason: "run \(mine) of the same group is newer")
            } catch RunsError.alreadyEnded {
                // It ended by itself meanwhile.
            } catch RunsError.ownedByAnother {
                // It is about to listen; the next look finds it.
            }
        }
    }
}
