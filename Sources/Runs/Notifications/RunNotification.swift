package import Domain

/// Something to tell, ready for a command of the home's configuration (docs/decisions/0015).
package struct RunNotification: Sendable {
    /// The command's name.
    package let to: String
    /// `{id, number, workflow, state, reason, actor, commit, stage, message}`; the last five may be
    /// null but for the message. No secret stands in it.
    package let document: JSONValue
    /// Why the message is the standard one although the workflow has its own.
    package let problem: String?
}
