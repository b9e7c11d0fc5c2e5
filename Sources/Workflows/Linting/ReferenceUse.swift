import Domain

/// One reference of a file: where it stands and what it must lead to.
struct ReferenceUse: Sendable {
    /// A job, by its stage's and its own index; nil stands for `env`. One behind the last stage
    /// stands for the workflow's outputs.
    struct Site: Hashable, Sendable {
        let stage: Int
        let job: Int
    }

    enum Need {
        case anyValue, artifact
        /// A value that stands in names and events: a secret must not become one.
        case matrixValue, group, cacheKey
        /// What a workflow gives to its caller, which is recorded too.
        case output
        /// A message to a program outside.
        case notification
    }

    let reference: Reference
    /// The name of the input that holds it.
    let owner: String
    let node: YAMLNode
    let site: Site?
    let needs: Need
    /// Whether it is the whole value, not a part of a longer text.
    var isWhole = true
}
