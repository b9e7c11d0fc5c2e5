import ArgumentParser
import Domain
import Workflows

/// What a shell offers for each kind of argument (swift-argument-parser's custom completions).
///
/// Whatever goes wrong, nothing is said: the shell shows no words then.
enum Completions {
    /// Where the run of a command line stands.
    enum RunPlace {
        case positional(Int)
        case option(String)
    }

    static let run = kind { _ in try await CompletionWords.runs() }

    /// Those that wait in a pause.
    static let pausedRun = kind { _ in try await CompletionWords.unfinishedRuns(in: .paused) }

    static let unfinishedRun = kind { _ in try await CompletionWords.unfinishedRuns() }

    static let images = kind { _ in try await CompletionWords.images() }

    /// Jobs, and legs of them, of the run that the line names; the last one where it names none.
    static func jobs(ofRun place: RunPlace) -> CompletionKind {
        kind { line in try await CompletionWords.jobs(of: plan(ofRun: place, line)) }
    }

    /// Jobs, or legs of them, that `exec` can enter.
    static func runningJobs(ofRun place: RunPlace) -> CompletionKind {
        kind { line in
            CompletionWords.runningLegs(of: try await state(ofRun: text(of: place, line)))
        }
    }

    /// Jobs, or legs of them, that have run: those that failed first.
    static func endedJobs(ofRun place: RunPlace) -> CompletionKind {
        kind { line in
            CompletionWords.endedLegs(of: try await state(ofRun: text(of: place, line)))
        }
    }

    static func services(ofRun place: RunPlace, job index: Int) -> CompletionKind {
        kind { line in
            CompletionWords.services(
                of: try await plan(ofRun: place, line), job: line.positional(index) ?? "")
        }
    }

    static func stages(ofRun place: RunPlace) -> CompletionKind {
        kind { line in CompletionWords.stages(of: try await plan(ofRun: place, line)) }
    }

    static func secrets(ofRun place: RunPlace) -> CompletionKind {
        kind { line in CompletionWords.secrets(of: try await plan(ofRun: place, line)) }
    }

    static func inputs(ofRun place: RunPlace) -> CompletionKind {
        kind { line in CompletionWords.inputs(of: try await plan(ofRun: place, line)) }
    }

    /// Of the workflow file that is the first word behind the verb.
    static let inputsOfFile = kind { line in CompletionWords.inputs(of: try await plan(line)) }
    static let jobsOfFile = kind { line in CompletionWords.jobs(of: try await plan(line)) }
    static let pausesOfFile = kind { line in CompletionWords.pauses(of: try await plan(line)) }
    static let outputsOfFile = kind { line in CompletionWords.outputs(of: try await plan(line)) }
    static let secretsOfFile = kind { line in CompletionWords.secrets(of: try await plan(line)) }

    /// `artifact get RUN JOB NAME`: jobs that made something, and what.
    static let makers = kind(verbs: 2) { line in
        try await CompletionWords.makers(ofRun: line.positional(0) ?? "last")
    }
    static let artifacts = kind(verbs: 2) { line in
        try await CompletionWords.artifacts(
            ofRun: line.positional(0) ?? "last", job: line.positional(1) ?? "")
    }

    /// `cache explain RUN JOB`.
    static let cachedJobs = kind(verbs: 2) { line in
        CompletionWords.cachedLegs(of: try await plan(ofRun: line.positional(0) ?? "last"))
    }

    /// Everything that `explain` knows.
    static let explained = kind { line in
        var words = LintRule.allCases.map { Candidate($0.rawValue, "rule: \($0.explanation)") }
        words += FieldExplanation.names.map { Candidate($0, "key of the format") }
        words += await orNone { try await CompletionWords.images() }
        let run = line.options["--run"] ?? "last"
        words += await orNone { try await CompletionWords.jobs(of: plan(ofRun: run)) }
        return words
    }

    /// What is not there does not hide the other words.
    private static func orNone(
        _ words: () async throws -> [Candidate]
    ) async -> [Candidate] {
        do { return try await words() } catch { return [] }
    }

    private static func plan(ofRun text: String) async throws -> RunPlan? {
        try await CompletionHome.open()?.plan(ofRun: text)
    }

    private static func plan(
        ofRun place: RunPlace, _ line: CompletionLine
    ) async throws -> RunPlan? {
        try await plan(ofRun: text(of: place, line))
    }

    private static func state(ofRun text: String) async throws -> RunState? {
        try await CompletionHome.open()?.state(ofRun: text)
    }

    private static func text(of place: RunPlace, _ line: CompletionLine) -> String {
        switch place {
        case .positional(let index): line.positional(index) ?? "last"
        case .option(let name): line.options[name] ?? "last"
        }
    }

    private static func plan(_ line: CompletionLine) async throws -> RunPlan? {
        guard let file = line.positional(0) else { return nil }
        return try await WorkflowText.read(file, images: nil).outcome.definition.map { RunPlan($0) }
    }

    private static func kind(
        verbs: Int = 1, _ words: @escaping @Sendable (CompletionLine) async throws -> [Candidate]
    ) -> CompletionKind {
        .custom { line, index, prefix async -> [String] in
            do {
                let found = try await words(CompletionLine(line, index: index, verbs: verbs))
                return Candidate.answer(
                    found, prefix: prefix, shell: CompletionShell.requesting)
            } catch {
                return []
            }
        }
    }
}
