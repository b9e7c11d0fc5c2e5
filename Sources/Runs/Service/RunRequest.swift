package import Domain
package import OCI
package import Workflows

/// What somebody asks to be run.
package struct RunRequest: Sendable {
    /// The workflow file's bytes, as they are recorded.
    package let text: [UInt8]
    /// What they say.
    package let definition: WorkflowDefinition
    /// Where the file is on this machine: an absolute path, so that it means the same elsewhere.
    package let file: String
    /// Texts of the run's inputs, as typed.
    package let inputs: [String: String]
    package let secrets: [String: Secret]
    package let actor: String
    /// Attempts at once.
    package let slots: Int
    /// The run that is repeated, and how.
    package let rerun: Rerun?
    /// Where the file is in its project, and the other files that it leads to.
    package let path: ProjectPath
    package let files: [ProjectPath: [UInt8]]
    /// Digests of components that are known before, as from a lock file.
    package let images: [String: Digest]
    /// Folders outside of the project that the source may come from.
    package let allowedSources: [String]
    /// The attempt of another run that asks.
    let call: RunCall?

    package init(
        text: [UInt8], definition: WorkflowDefinition, file: String, inputs: [String: String],
        secrets: [String: Secret], actor: String, slots: Int, rerun: Rerun? = nil,
        path: ProjectPath = .main, files: [ProjectPath: [UInt8]] = [:],
        images: [String: Digest] = [:], allowedSources: [String] = []
    ) {
        self.text = text
        self.definition = definition
        self.file = file
        self.inputs = inputs
        self.secrets = secrets
        self.actor = actor
        self.slots = slots
        self.rerun = rerun
        self.path = path
        self.files = files
        self.images = images
        self.allowedSources = allowedSources
        call = nil
    }

    /// A call of a workflow by an attempt.
    init(
        call: RunCall, of called: CalledWorkflow, text: [UInt8], inputs: [String: String],
        secrets: [String: Secret], slots: Int
    ) {
        self.text = text
        definition = called.definition
        file = call.caller.location(of: called.file)
        self.inputs = inputs
        self.secrets = secrets
        actor = call.caller.actor
        self.slots = slots
        rerun = nil
        path = called.file
        files = [:]
        images = [:]
        allowedSources = []
        self.call = call
    }
}

/// What a new run takes from an old one (DESIGN §5, "Rerun").
package struct Rerun: Sendable {
    /// As the old run's events leave it.
    package let state: RunState
    /// Job by its key → what it gave.
    package let reused: [String: ReusedJob]
    /// The recorded digests instead of what the components' names mean now.
    package let keepsImages: Bool

    package init(state: RunState, reused: [String: ReusedJob], keepsImages: Bool) {
        self.state = state
        self.reused = reused
        self.keepsImages = keepsImages
    }
}

/// What looking for a component came to.
package enum ImageLookup: Sendable {
    /// The manifest that its name means now.
    case found(Digest)
    /// Such as `is not here; …`: what is the matter, and what to do about it.
    case missing(why: String)
}

/// Finds the manifest that a component's name means in this home.
package protocol ImageResolver: Sendable {
    func manifest(for image: ComponentImage) async throws -> ImageLookup
}

/// A run that this process may advance: it holds the run's lock until it lets go of this.
package struct OwnedRun: Sendable {
    package let id: RunID
    package let number: Int64
    let state: RunState
    let sequence: Int64
    let lock: RunLock
    let masker: any Masking
    /// What it was given: whoever takes over needs both again.
    package let secrets: [String: Secret]
    package let slots: Int
    /// The concurrency group that it waits for; nil where it waits for nobody.
    let group: String?
    /// Where events from outside arrive, from the moment that the run exists.
    let mailbox = Mailbox<RunEvent>()

    package var hasSource: Bool { state.creation?.source != nil }

    /// Asks the run to stop; a second time ends its end stages too.
    package func cancel(actor: String, reason: String) {
        mailbox.post(.cancelRequested(actor: actor, reason: reason))
    }
}

/// Why a run was not begun, for the person who asked.
package enum RunRefusal: Error, Sendable, CustomStringConvertible {
    /// Of inputs and secrets; all that is wrong at once.
    case invalid([String])
    /// Components that cannot be run here, with why and what to do about each.
    case missingImages([(component: Located<ComponentImage>, why: String)])
    /// Another run of the group has not ended, and the workflow says `on-conflict: reject`.
    case conflict(group: String, run: Int64)

    package var description: String {
        switch self {
        case .invalid(let problems): problems.joined(separator: "\n")
        case .conflict(let group, let run):
            "run \(run) of the group '\(group)' has not ended, and the workflow rejects others"
        case .missingImages(let images):
            images.map { "component \($0.component.value) \($0.why)" }
                .joined(separator: "\n")
        }
    }
}
