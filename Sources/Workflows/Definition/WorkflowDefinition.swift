package import Domain

/// A value and the place in the file where it stands.
package struct Located<Value: Sendable>: Sendable {
    package let value: Value
    package let position: TextPosition

    package init(_ value: Value, at position: TextPosition) {
        self.value = value
        self.position = position
    }
}

/// A workflow as its file says it: every name resolved, nothing expanded yet (DESIGN §2).
package struct WorkflowDefinition: Sendable {
    package let name: String
    package let description: String?
    /// Inputs of every job, in the order of the file.
    package let environment: [NamedTemplate]
    /// Secrets that the workflow may use.
    package let secrets: [String]
    /// The run's inputs, from the start stage, in the order of the file.
    package let inputs: [InputDeclaration]
    package let source: SourceDeclaration
    /// Of the whole run, without its pauses; nil for none.
    package let timeout: Duration?
    package let concurrency: ConcurrencyRule?
    /// Normal stages, in order, then end stages, in order.
    package let stages: [StageDefinition]
    /// What it gives to a workflow that calls it.
    package let outputs: [WorkflowOutput]
    package let produces: [ConsumedArtifact]
    /// What starts runs of it on a hub.
    package internal(set) var triggers = Triggers()
    /// Who is told how a run ends, or that it waits.
    package internal(set) var notifications: [NotificationRule] = []
}

/// Where the run's source comes from (DESIGN §2, "Source").
package enum SourceDeclaration: Hashable, Sendable {
    /// The folder of the file's Git repository, or nothing outside one.
    case automatic
    /// A folder, relative to the workflow file, taken whole.
    case path(String)
    /// A repository elsewhere, at one ref.
    case git(GitSource)
}

/// One input of a run.
package struct InputDeclaration: Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case string, integer, number, boolean, json
    }

    package let name: String
    package let kind: Kind
    /// The text of the default as the file gives it; nil where there is none.
    package let defaultText: String?
    package let isRequired: Bool
    package let choices: [String]
    package let description: String?
    package let position: TextPosition

    package init(
        name: String, kind: Kind, defaultText: String?, isRequired: Bool, choices: [String],
        description: String?, position: TextPosition
    ) {
        self.name = name
        self.kind = kind
        self.defaultText = defaultText
        self.isRequired = isRequired
        self.choices = choices
        self.description = description
        self.position = position
    }
}

/// A named value that may hold references.
package struct NamedTemplate: Sendable {
    package let name: String
    package let template: Template
    package let position: TextPosition

    package init(name: String, template: Template, position: TextPosition) {
        self.name = name
        self.template = template
        self.position = position
    }
}

package struct StageDefinition: Sendable {
    package enum Kind: String, Hashable, Sendable {
        case normal, pause, end
    }

    package let name: String
    package let kind: Kind
    package let description: String?
    package let isParallel: Bool
    package let failFast: Bool
    package let jobs: [JobDefinition]
    /// A Lua expression: whether the stage runs at all.
    package let condition: Located<String>?
    /// From its start; of a pause, how long it waits. Nil for none.
    package let timeout: Duration?
    /// Of a pause stage.
    package let approval: ApprovalRule?
    /// A Lua hook, once, when all jobs have ended.
    package let after: Located<String>?
    package let position: TextPosition
    /// Of an end stage: who is told when it has ended.
    package internal(set) var notifications: [NotificationRule] = []
}

/// Who must agree before a run goes on (DESIGN §2, "Pause").
package struct ApprovalRule: Hashable, Sendable {
    /// Users, or groups of the configuration; empty for anyone.
    package let approvers: [String]
    /// How many must agree.
    package let approvals: Int
}

/// Which runs of a workflow exclude each other, and what happens then (DESIGN §2, "Concurrency").
package struct ConcurrencyRule: Hashable, Sendable {
    package enum OnConflict: String, Hashable, Sendable, CaseIterable {
        case queue
        case cancelOlder = "cancel-older"
        case reject
    }

    /// Refers to inputs and `env` alone: it is evaluated when the run is queued.
    package let group: Template
    package let onConflict: OnConflict
}
