package import Domain
package import Workflows

/// Which ways through a workflow some runs have taken: each job, both outcomes of each condition,
/// the failure of each stage, and what the text of a hook can do.
package struct BranchCoverage: Sendable {
    package struct Branch: Hashable, Sendable {
        /// Such as `when of test.lint is false`.
        package let what: String
        /// In the workflow file.
        package let position: TextPosition
        package internal(set) var isTaken = false
    }

    /// In the order of the file.
    package private(set) var branches: [Branch] = []
    private var indexes: [String: Int] = [:]

    package init(_ definition: WorkflowDefinition) {
        for stage in definition.stages {
            add(condition: stage.condition, of: "stage \(stage.name)")
            for job in stage.jobs {
                let key = "\(stage.name).\(job.name)"
                add("\(key) runs", job.position)
                add(condition: job.condition, of: key)
                add(hook: job.before, "before", of: key)
                add(hook: job.after, "after", of: key)
            }
            add(hook: stage.after, "after", of: "stage \(stage.name)")
            // An end stage changes nothing, so nothing follows from its failure.
            if stage.kind != .end { add("stage \(stage.name) fails", stage.position) }
        }
    }

    private mutating func add(_ what: String, _ position: TextPosition) {
        indexes[what] = branches.count
        branches.append(Branch(what: what, position: position))
    }

    private mutating func add(condition: Located<String>?, of place: String) {
        guard let condition else { return }
        for outcome in ["true", "false"] {
            add("when of \(place) is \(outcome)", condition.position)
        }
    }

    private mutating func add(hook: Located<String>?, _ name: String, of place: String) {
        guard let hook else { return }
        add("\(name) of \(place) passes", hook.position)
        let names = LuaTokens.tokens(of: Array(hook.value.utf8)).map(\.kind)
        if names.contains(.name("fail")) || names.contains(.name("error")) {
            add("\(name) of \(place) fails", hook.position)
        }
        if name == "before", names.contains(.name("skip")) {
            add("\(name) of \(place) skips", hook.position)
        }
    }

    /// Adds the ways that one run has taken.
    package mutating func add(_ result: SimulationResult) {
        let state = result.state
        for hook in result.hooks { take(hook, state.plan) }
        for recorded in result.events {
            guard case .attemptStarted(let leg, _, _) = recorded.event else { continue }
            take("\(state.plan.jobs[state.plan.legs[leg].job].key) runs")
        }
        for (index, stage) in state.stages.enumerated() {
            guard stage.state == .failed || stage.state == .errored else { continue }
            take("stage \(state.plan.stages[index].definition.name) fails")
        }
    }

    private mutating func take(_ what: String) {
        // A branch that nobody saw in the text, such as an error of Lua, is no branch here.
        guard let index = indexes[what] else { return }
        branches[index].isTaken = true
    }

    private mutating func take(_ hook: SimulatedHook, _ plan: RunPlan) {
        let word =
            switch hook.outcome {
            case .passed: "passes"
            case .failed, .errored: "fails"
            case .skipped: "skips"
            }
        func condition(_ place: String) {
            switch hook.outcome {
            case .passed(.boolean(false), _), .passed(.null, _):
                take("when of \(place) is false")
            case .passed: take("when of \(place) is true")
            case .failed, .errored, .skipped: break
            }
        }
        switch hook.place {
        case .condition(let job): condition(plan.jobs[job].key)
        case .stageCondition(let stage):
            condition("stage \(plan.stages[stage].definition.name)")
        case .before(let leg, _):
            take("before of \(plan.jobs[plan.legs[leg].job].key) \(word)")
        case .after(let leg, _): take("after of \(plan.jobs[plan.legs[leg].job].key) \(word)")
        case .stageHook(let stage):
            take("after of stage \(plan.stages[stage].definition.name) \(word)")
        }
    }

    package var taken: Int { branches.count { $0.isTaken } }

    /// Whole percent, cut off; 100 only when every branch was taken.
    package var percent: Int { branches.isEmpty ? 100 : taken * 100 / branches.count }

    /// What this or the other, of the same workflow, has taken.
    package func merged(with other: BranchCoverage) -> BranchCoverage {
        var merged = self
        for branch in other.branches where branch.isTaken { merged.take(branch.what) }
        return merged
    }
}
