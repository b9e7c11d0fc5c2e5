import Domain
import OCI
import Testing
import Workflows

@testable import Runs

/// What references mean, and what they must not be able to do.
struct ReferenceScopeTests {
    private static func scope(
        _ text: String, secrets: [String: Secret] = [:]
    ) throws -> ReferenceScope {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        var state = RunState(plan: RunPlan(try #require(outcome.definition)))
        let creation = RunCreation(
            id: RunID(at: Timestamp(microseconds: 0), random: (0, 0)), number: 7,
            workflow: "demo", definition: Digest(of: []), file: "f", actor: "me",
            inputs: ["T_N": 3], images: [:], source: nil, commit: nil, isDirty: false)
        _ = try state.apply(.created(creation), at: Timestamp(microseconds: 0))
        return ReferenceScope(state: state, secrets: secrets)
    }

    private static func file(env: String, inputs: String = "{}") -> String {
        """
        slipway: 1
        name: demo
        secrets: [TOKEN]
        env: \(env)
        stages:
          - name: begin
            type: start
            inputs: {T_N: {type: integer}}
          - name: one
            jobs: [{name: a, component: b, inputs: \(inputs)}]
        """
    }

    @Test("later values win, and defaults stand in for what is absent")
    func values() throws {
        let scope = try Self.scope(
            Self.file(
                env: #"{A: "${inputs.T_N}", B: "${env.A}-${run.number}"}"#,
                inputs: #"{A: own, C: "${run.commit:-none}", D: "$${x}"}"#))
        let inputs = try scope.inputs(ofLeg: 0).map { "\($0.name)=\($0.value.text)" }
        #expect(inputs == ["A=own", "B=3-7", "C=none", "D=${x}"])
    }

    @Test("values that name each other ten times over are bounded", arguments: ["", "xxxxxxxx"])
    func explosion(seed: String) throws {
        var entries = ["A0: '\(seed)'"]
        for level in 1...20 {
            let refs = Array(repeating: "${env.A\(level - 1)}", count: 10).joined()
            entries.append("A\(level): '\(refs)'")
        }
        let scope = try Self.scope(Self.file(env: "{\(entries.joined(separator: ", "))}"))
        if seed.isEmpty {
            #expect(try scope.inputs(ofLeg: 0).allSatisfy { $0.value.text.isEmpty })
        } else {
            #expect(throws: RefusedAttempt.self) { try scope.inputs(ofLeg: 0) }
        }
    }

    @Test("a secret by way of env is a whole value or none")
    func secretInText() throws {
        let secrets = ["TOKEN": Secret("hunter22")]
        let definition = Self.file(env: #"{TOK: "${secrets.TOKEN}"}"#)
        let scope = try Self.scope(definition, secrets: secrets)
        #expect(try scope.inputs(ofLeg: 0).first?.value.secretName == "TOKEN")
        let template = try Template(parsing: "Bearer ${env.TOK}")
        #expect(throws: UnresolvedReference.self) { try scope.expand(template) }
    }
}
