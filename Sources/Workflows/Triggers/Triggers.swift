package import Domain

/// What starts runs of a workflow on a hub: `on` of its start stage (DESIGN §2). `slipway run`
/// takes no notice of it.
package struct Triggers: Sendable {
    /// Commits that are pushed, or pull requests.
    package struct Changes: Sendable {
        /// Of which one must match the branch; empty for all.
        package var branches: [GlobPattern] = []
        /// Of which one must match a file that changed; empty for all.
        package var paths: [GlobPattern] = []
    }

    package struct Schedule: Sendable {
        package let cron: CronSchedule
        package let timeZone: TimeZoneName
    }

    /// The end of a run of another workflow.
    package struct OtherRun: Sendable {
        package enum State: String, Hashable, Sendable, CaseIterable {
            case succeeded, failed, errored, cancelled
        }

        /// `workflow`, or `namespace/workflow`.
        package let workflow: Located<String>
        package let state: State
    }

    package internal(set) var push: Changes?
    package internal(set) var pullRequest: Changes?
    package internal(set) var tags: [GlobPattern] = []
    package internal(set) var schedules: [Schedule] = []
    /// A repository of the hub, such as `library/base`.
    package internal(set) var image: String?
    package internal(set) var run: OtherRun?
    package internal(set) var hasWebhook = false

    /// At most so many patterns, and so many schedules, stand in one list.
    static let listLimit = 100
}

extension Triggers {
    /// One line a trigger, for people: `push to main, release/* that changes src/**`.
    package var lines: [String] {
        func list(_ patterns: [GlobPattern]) -> String {
            patterns.map(\.description).joined(separator: ", ")
        }
        func line(_ what: String, _ word: String, _ changes: Changes) -> String {
            what
                + (changes.branches.isEmpty ? "" : " \(word) \(list(changes.branches))")
                + (changes.paths.isEmpty ? "" : " that changes \(list(changes.paths))")
        }
        var lines: [String] = []
        if let push { lines.append(line("push", "to", push)) }
        if let pullRequest { lines.append(line("pull request", "against", pullRequest)) }
        if !tags.isEmpty { lines.append("tag \(list(tags))") }
        lines += schedules.map { "schedule \($0.cron) \($0.timeZone)" }
        if let image { lines.append("image \(image)") }
        if let run { lines.append("run of \(run.workflow.value) \(run.state.rawValue)") }
        if hasWebhook { lines.append("webhook") }
        return lines
    }
}
