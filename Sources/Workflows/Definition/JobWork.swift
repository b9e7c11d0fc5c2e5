package import Domain

/// What a job does.
package enum JobWork: Sendable {
    /// Runs a container.
    case component(Located<ComponentImage>, Program)
    /// Calls another workflow, as a run of its own.
    case workflow(CalledWorkflow)
    /// Calls an operation of a registered service: `service.operation`.
    case service(Located<String>)
}

extension JobWork {
    var isCall: Bool { if case .workflow = self { true } else { false } }
}

/// A workflow of another file of the project, read whole.
package struct CalledWorkflow: Sendable {
    package let file: ProjectPath
    package let definition: WorkflowDefinition
}

/// What a workflow gives to whoever calls it.
package struct WorkflowOutput: Sendable {
    package let name: String
    package let kind: InputDeclaration.Kind
    /// Refers to jobs, inputs and the run.
    package let template: Template
    package let description: String?
    package let position: TextPosition
}

extension JobDefinition {
    /// Nil for a job that runs no container.
    package var component: Located<ComponentImage>? {
        if case .component(let reference, _) = work { reference } else { nil }
    }

    package var program: Program {
        if case .component(_, let program) = work { program } else { .image }
    }

    /// The workflow that it calls.
    package var call: CalledWorkflow? {
        if case .workflow(let called) = work { called } else { nil }
    }
}

extension WorkflowDefinition {
    /// Every component of it and of the workflows that it calls.
    package var components: [Located<ComponentImage>] {
        stages.flatMap(\.jobs).flatMap { job -> [Located<ComponentImage>] in
            switch job.work {
            case .component(let reference, _): [reference] + job.services.map(\.component)
            case .workflow(let called): called.definition.components
            case .service: []
            }
        }
    }

    /// Services that jobs of it, or of the workflows that it calls, need: job and name.
    package var services: [(job: String, service: String)] {
        stages.flatMap { stage in
            stage.jobs.flatMap { job -> [(job: String, service: String)] in
                switch job.work {
                case .component: []
                case .workflow(let called): called.definition.services
                case .service(let name): [("\(stage.name).\(job.name)", name.value)]
                }
            }
        }
    }
}
