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

    /// The text, where no reference stands in it.
    package var literal: String? {
        var text = ""
        for segment in segments {
            guard case .literal(let part) = segment else { return nil }
            text += part
        }
        return text
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
    /// A value of the job's own matrix.
    case matrix(String)
    /// An output or an artifact of an upstream job; `leg` for one shard of it.
    case upstream(stage: String, job: String, name: String, leg: Int?)

    package enum RunField: String, Hashable, Sendable, CaseIterable {
        case id, number, state, workflow, commit, actor, url
    }
}
