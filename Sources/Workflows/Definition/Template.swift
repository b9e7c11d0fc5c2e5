/// A text with references, split once when the file is read (DESIGN §2, "References").
package struct Template: Hashable, Sendable {
    package enum Segment: Hashable, Sendable {
        case literal(String)
        case reference(Reference, default: String?)
    }

    package let segments: [Segment]

    package init(segments: [Segment]) {
        self.segments = segments
    }

    package init(literal text: String) {
        segments = text.isEmpty ? [] : [.literal(text)]
    }
}

/// What a `${…}` names.
package enum Reference: Hashable, Sendable {
    case input(String)
    case environment(String)
    case run(RunField)
    case secret(String)
    /// An output or an artifact of an upstream job; `leg` for one shard of it.
    case upstream(stage: String, job: String, name: String, leg: Int?)

    package enum RunField: String, Hashable, Sendable, CaseIterable {
        case id, number, state, workflow, commit, actor, url
    }
}
