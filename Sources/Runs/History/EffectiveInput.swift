import Domain
import Workflows

/// One input of a leg, and where it comes from.
package struct EffectiveInput: Hashable, Sendable {
    /// Later ones win.
    package enum Origin: String, Hashable, Sendable {
        case environment = "env"
        case matrix
        case inputs
        case before
    }

    package let name: String
    /// `***` for a secret; nil where it has no value.
    package let value: String?
    package let origin: Origin
    /// What its text refers to, such as `inputs.T_BRANCH`.
    package let references: [String]
    /// Why it has no value.
    package let problem: String?
}

extension RunHistory {
    /// The effective inputs of a leg as they stand now; of one that began, as it got them.
    package func inputs(ofLeg leg: Int) -> [EffectiveInput] {
        let planned = state.plan.legs[leg]
        let scope = scope
        var found: [String: EffectiveInput] = [:]
        var order: [String] = []
        func set(_ input: EffectiveInput) {
            if found.updateValue(input, forKey: input.name) == nil { order.append(input.name) }
        }
        for input in state.plan.definition.environment {
            set(Self.resolved(input, .environment, leg, scope))
        }
        for value in planned.matrix {
            set(
                EffectiveInput(
                    name: value.name, value: value.value, origin: .matrix, references: [],
                    problem: nil))
        }
        for input in state.plan.jobs[planned.job].definition.inputs {
            set(Self.resolved(input, .inputs, leg, scope))
        }
        guard let table = state.legs[leg].hookInputs else { return order.compactMap { found[$0] } }
        return table.sorted { $0.key < $1.key }.compactMap { name, value in
            let text = value["$secret"] == nil ? value.inputText : Self.masked
            guard let text else { return nil }
            if let known = found[name], known.value == text { return known }
            return EffectiveInput(
                name: name, value: text, origin: .before, references: [], problem: nil)
        }
    }

    private static func resolved(
        _ input: NamedTemplate, _ origin: EffectiveInput.Origin, _ leg: Int,
        _ scope: ReferenceScope
    ) -> EffectiveInput {
        var references: [String] = []
        for case .reference(let reference, _) in input.template.segments {
            references.append(reference.text)
        }
        var value: String?
        var problem: String?
        do {
            value = try scope.expand(input.template, ofLeg: leg).text
        } catch let error as UnresolvedReference {
            problem = error.description
        } catch let error as RefusedAttempt {
            problem = error.reason
        } catch {
            problem = "\(error)"
        }
        return EffectiveInput(
            name: input.name, value: value, origin: origin, references: references,
            problem: problem)
    }
}
