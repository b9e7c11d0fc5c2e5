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
    /// Normal stages, in order, then end stages, in order.
    package let stages: [StageDefinition]

    package init(
        name: String, description: String?, environment: [NamedTemplate], secrets: [String],
        inputs: [InputDeclaration], source: SourceDeclaration, stages: [StageDefinition]
    ) {
        self.name = name
        self.description = description
        self.environment = environment
        self.secrets = secrets
        self.inputs = inputs
        self.source = source
        self.stages = stages
    }
}

/// Where the run's source comes from (DESIGN §2, "Source").
package enum SourceDeclaration: Hashable, Sendable {
    /// The folder of the file's Git repository, or nothing outside one.
    case automatic
    /// A folder, relative to the workflow file, taken whole.
    case path(String)
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
        case normal, end
    }

    package let name: String
    package let kind: Kind
    package let description: String?
    package let isParallel: Bool
    package let failFast: Bool
    package let jobs: [JobDefinition]
    /// A Lua hook, once, when all jobs have ended.
    package let after: Located<String>?
    package let position: TextPosition

    package init(
        name: String, kind: Kind, description: String?, isParallel: Bool, failFast: Bool,
        jobs: [JobDefinition], after: Located<String>?, position: TextPosition
    ) {
        self.name = name
        self.kind = kind
        self.description = description
        self.isParallel = isParallel
        self.failFast = failFast
        self.jobs = jobs
        self.after = after
        self.position = position
    }
}
