import Domain
import Workflows

/// Says how an attempt ended, from its exit, what it printed and what it left (DESIGN §3).
struct AttemptJudge {
    let request: AttemptRequest
    /// Declared output names.
    let outputs: [String]
    let isStrict: Bool
    let masker: any Masking

    func report(_ result: AttemptResult, _ parser: ResultParser) -> AttemptReport {
        let outcome = ComponentOutcome.merge(
            declared: outputs, parser: parser, file: result.resultFile, isStrict: isStrict)
        let isDoubtful = result.mayLackOutput
        let warnings =
            request.notes + result.warnings + result.limits.notes(code: code(of: result))
            + outcome.warnings
            + (isDoubtful ? ["the disk was full while it ran: \(Self.missing)"] : [])
        func make(
            _ state: JobState, _ reason: String?, code: Int32? = nil, keepsOutputs: Bool = true
        ) -> AttemptReport {
            AttemptReport(
                state: state, reason: reason, exitCode: code, endedAt: result.endedAt,
                outputs: keepsOutputs ? outcome.outputs : [:], artifacts: result.artifacts,
                warnings: warnings, caches: result.caches)
        }
        for name in outputs {
            // Not even its name travels on in the outputs: the value is somebody's secret.
            guard let secret = outcome.outputs[name].flatMap(masker.secret(in:)) else { continue }
            return make(
                .failed, "secret-in-output: \(name) contains the secret \(secret)",
                code: code(of: result), keepsOutputs: false)
        }
        switch result.ending {
        case .lost(let why): return make(.errored, "lost: \(why)", keepsOutputs: false)
        case .logLimit:
            let limit = request.logLimitBytes >> 20
            return make(.failed, "log-limit: it printed more than \(limit) MiB")
        case .killed(let signal):
            return make(.failed, "killed by signal \(signal)", code: 128 + signal)
        case .exited(let code) where code != 0:
            return make(
                .failed, result.limits.reason(code: code) ?? Self.explain(code), code: code)
        case .exited(let code):
            if let problem = outcome.problem { return make(.failed, problem, code: code) }
            if !outcome.verdict {
                return make(.failed, "it reported T_RESULT = false", code: code)
            }
            // It may have said no in what is missing; the file of results is not.
            if isDoubtful, !isStrict {
                return make(
                    .errored, "lost: the disk was full while it ran, and \(Self.missing)",
                    code: code)
            }
            if let problem = artifactProblem(result) { return make(.failed, problem, code: code) }
            return make(.succeeded, nil, code: code)
        }
    }

    private static let missing = "some of what it printed may be missing"

    private func code(of result: AttemptResult) -> Int32? {
        if case .exited(let code) = result.ending { code } else { nil }
    }

    /// Shells and runtimes say with these codes what the number alone does not.
    private static func explain(_ code: Int32) -> String {
        switch code {
        case 126: "exit code 126: the program cannot be executed"
        case 127: "exit code 127: a command was not found"
        case 129...192: "exit code \(code): ended by signal \(code - 128)"
        default: "exit code \(code)"
        }
    }

    private func artifactProblem(_ result: AttemptResult) -> String? {
        let first = request.produces.first { result.artifactProblems[$0.name] != nil }
        return first.map { artifact in
            "produces \(artifact.name): \(result.artifactProblems[artifact.name] ?? "")"
        }
    }
}
