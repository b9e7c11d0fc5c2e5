import Domain
import Workflows

/// Finds in what was committed whom to tell: each occasion once.
struct RunNotifications {
    private let isNeeded: Bool
    /// The pause that the run was last seen in.
    private var pause: Int?

    /// Of a message; what is longer is cut.
    static let messageLimit = 4096

    /// `state`: as the run stands before anything is taken.
    init(_ state: borrowing RunState) {
        isNeeded = state.plan.definition.hasNotifications
        pause = Self.pause(of: state)
    }

    /// `state`: what the events made of the run.
    mutating func take(
        _ events: [RecordedEvent], _ state: borrowing RunState
    ) -> [RunNotification] {
        guard isNeeded else { return [] }
        let before = pause
        pause = Self.pause(of: state)
        var isOver = false
        var ended: [Int] = []
        for recorded in events {
            switch recorded.event {
            case .stageEnded(let stage, let result, _) where result != .skipped:
                ended.append(stage)
            case .runEnded: isOver = true
            default: break
            }
        }
        guard isOver || !ended.isEmpty || (pause != nil && pause != before) else { return [] }
        return Self.made(of: copy state, ended, isOver, pause: pause == before ? nil : pause)
    }

    private static func made(
        of state: RunState, _ ended: [Int], _ isOver: Bool, pause: Int?
    ) -> [RunNotification] {
        let makers = RunMessages(state)
        var found: [RunNotification] = []
        func add(_ rules: [NotificationRule], _ phase: RunPhase, _ stage: Int?) {
            guard let occasion = NotificationRule.Occasion(phase) else { return }
            found += rules.filter { $0.occasions.contains(occasion) }
                .map { makers.notification($0, occasion, stage: stage) }
        }
        for stage in ended {
            let rules = state.plan.stages[stage].definition.notifications
            add(rules, state.verdict.phase, stage)
        }
        let rules = state.plan.definition.notifications
        if let pause { add(rules, .paused, pause) }
        if isOver { add(rules, state.phase, nil) }
        return found
    }

    private static func pause(of state: borrowing RunState) -> Int? {
        state.phase == .paused ? state.currentStage : nil
    }
}

/// Makes what is told of one state of a run.
private struct RunMessages {
    private let state: RunState
    private let scope: ReferenceScope

    init(_ state: RunState) {
        self.state = state
        // What refers to a secret has no value here.
        scope = ReferenceScope(state: state, secrets: [:])
    }

    func notification(
        _ rule: NotificationRule, _ occasion: NotificationRule.Occasion, stage: Int?
    ) -> RunNotification {
        let name = stage.map { state.plan.stages[$0].definition.name }
        var message = sentence(occasion, name)
        var problem: String?
        if let template = rule.message {
            do {
                message = try scope.expand(template.with(occasion)).text
            } catch let error as UnresolvedReference {
                problem = error.description
            } catch let error as RefusedAttempt {
                problem = error.reason
            } catch {
                problem = "\(error)"
            }
        }
        let creation = state.creation
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        return RunNotification(
            to: rule.to.value,
            document: .object([
                "id": text(creation?.id.text), "number": .integer(creation?.number ?? 0),
                "workflow": text(creation?.workflow), "state": .string(occasion.rawValue),
                "reason": text(occasion == .paused ? nil : reason),
                "actor": text(creation?.actor), "commit": text(creation?.commit),
                "stage": text(name),
                "message": .string(String(message.prefix(RunNotifications.messageLimit))),
            ]),
            problem: problem)
    }

    private var reason: String? { state.phase.isFinal ? state.reason : state.verdict.reason }

    private func sentence(_ occasion: NotificationRule.Occasion, _ stage: String?) -> String {
        let number = state.creation?.number ?? 0
        let run = "run \(number) of \(state.creation?.workflow ?? "")"
        if occasion == .paused {
            return "\(run) waits for approval in \(stage ?? ""): slipway approve \(number)"
        }
        let verb = occasion == .cancelled ? "was cancelled" : occasion.rawValue
        return "\(run) \(verb)" + (reason.map { ": \($0)" } ?? "")
    }
}

extension Template {
    /// `${run.state}` is the occasion: while a run waits, its verdict so far would mislead.
    fileprivate func with(_ occasion: NotificationRule.Occasion) -> Template {
        Template(
            segments: segments.map { segment in
                if case .reference(.run(.state), _) = segment {
                    return .literal(occasion.rawValue)
                }
                return segment
            })
    }
}
