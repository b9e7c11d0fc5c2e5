import Domain
import Workflows

extension RunState {
    /// Why the run, as it is now, has no place for what somebody asked.
    func refusal(of event: RunEvent) -> ControlAnswer {
        switch event {
        case .decided(let stage, let decision):
            if currentStage == stage, !phase.isFinal, hasDecided(decision.actor, stage) {
                return .notAllowed("\(decision.actor) has decided already")
            }
            return .refused(pastDecision(on: stage))
        case .attemptEntered(let leg, _, _):
            let another = "\(plan.label(leg: leg)) has begun another attempt; ask again"
            return .refused(refusalToEnter(leg) ?? another)
        default: return .refused("\(name) \(standing)")
        }
    }

    func hasDecided(_ actor: String, _ stage: Int) -> Bool {
        stages[stage].decisions.contains { $0.actor == actor }
    }

    /// The pause that was decided last, for somebody who comes too late; nil where there is none.
    var lastDecided: Int? {
        stages.indices.last {
            plan.stages[$0].definition.kind == .pause && stages[$0].state != .waiting
                && stages[$0].state != .running && stages[$0].state != .skipped
        }
    }

    /// What became of a pause: `run 7 was already rejected by ann; it has ended: failed`.
    func pastDecision(on stage: Int) -> String {
        let progress = stages[stage]
        let what: String
        if let rejection = progress.decisions.first(where: { !$0.isApproval }) {
            what = "was already rejected by \(rejection.actor)"
        } else if progress.state == .succeeded {
            let names = progress.decisions.map(\.actor).joined(separator: ", ")
            what = "was already approved by \(names)"
        } else {
            let stage = plan.stages[stage].definition.name
            what = "waits in '\(stage)' no more" + (progress.reason.map { ": \($0)" } ?? "")
        }
        return "\(name) \(what); it \(standing)"
    }

    private var name: String { "run \(creation?.number ?? 0)" }

    private var standing: String {
        phase.isFinal ? "has already ended: \(phase.rawValue)" : "is \(phase.rawValue)"
    }
}
