import Domain
import Workflows

extension HookRequest {
    /// What a hook left is held to the same rules as what a file says and a component prints.
    func checked(_ outcome: HookOutcome) -> HookOutcome {
        guard case .passed(let value, let log) = outcome, let writable,
            let members = value.objectValue
        else { return outcome }
        let problem =
            declared.map { Self.problem(ofOutputs: members, declared: $0) }
            ?? Self.problem(ofInputs: members)
        return problem.map { .failed("\(name): \(writable.name).\($0)", log: log) } ?? outcome
    }

    private static func problem(ofInputs members: [String: JSONValue]) -> String? {
        for name in members.keys.sorted() {
            guard Names.isValue(name.utf8) else {
                return "\(Quotation.line(name.utf8, limit: 60)): not a name of an input; "
                    + "expected a letter or '_', then letters, digits, '_', '.' or '-'"
            }
            if Names.reservedValues.contains(name) {
                return "\(name): the name belongs to the component contract"
            }
        }
        return nil
    }

    private static func problem(
        ofOutputs members: [String: JSONValue], declared: [String]
    ) -> String? {
        var size = 0
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard declared.contains(name) else {
                return
                    "\(Quotation.line(name.utf8, limit: 60)): the job does not declare this output"
            }
            if value["$secret"] != nil { return "\(name): a secret cannot be an output" }
            size += name.utf8.count + (value.inputText?.utf8.count ?? 0)
        }
        return size > ResultLimits.totalBytes ? "*: the outputs hold more than 1 MiB" : nil
    }
}
