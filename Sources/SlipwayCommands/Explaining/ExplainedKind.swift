import ArgumentParser
import Domain
import OCI
import Registry
import Runs
import Workflows

/// What a word can be that somebody wants explained.
enum ExplainedKind: String, ExpressibleByArgument, CaseIterable {
    case rule, key, job, image

    var shown: String {
        switch self {
        case .rule: "a rule of the linter"
        case .key: "a key of the format"
        case .job: "a job of the last run"
        case .image: "an image of this home"
        }
    }

    /// Everything that the word is. The home is only looked at, where there is one; when it cannot
    /// be read, the word is taken for what it is without it.
    static func all(of name: String) async -> [ExplainedKind] {
        var found: [ExplainedKind] = []
        if LintRule(rawValue: name) != nil { found.append(.rule) }
        if FieldExplanation(name) != nil { found.append(.key) }
        do {
            guard let home = try CompletionHome.open() else { return found }
            if try await isJob(name, home) { found.append(.job) }
            if try await isImage(name, home) { found.append(.image) }
        } catch {
            return found
        }
        return found
    }

    /// For suggestions; none where nobody can read them.
    static func jobsOfLastRun() async -> [String] {
        do {
            guard let home = try CompletionHome.open(),
                try await home.runs.list(limit: 1).first != nil,
                let plan = try await home.plan(ofRun: "last")
            else { return [] }
            return plan.jobs.prefix(2000).map(\.key)
        } catch {
            return []
        }
    }

    private static func isJob(_ name: String, _ home: CompletionHome) async throws -> Bool {
        // Legs may be known to the run alone, so their job decides.
        let key = name.firstIndex(of: "[").map { String(name[..<$0]) } ?? name
        guard key.contains("."), try await home.runs.list(limit: 1).first != nil
        else { return false }
        return try await home.plan(ofRun: "last")?.jobIndex(key: key) != nil
    }

    private static func isImage(_ name: String, _ home: CompletionHome) async throws -> Bool {
        guard let reference = ImageReference(argument: name) else { return false }
        do {
            _ = try await home.images.root(of: reference)
            return true
        } catch RegistryError.noSuchImage {
            return false
        }
    }
}
