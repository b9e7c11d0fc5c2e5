package import Domain
package import OCI

/// What is wrong with a Lua text, and in which of its lines (from 1).
package struct ScriptProblem: Hashable, Sendable {
    package let line: Int
    package let message: String

    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}

package enum ScriptKind: Hashable, Sendable {
    /// A condition.
    case expression
    /// A hook.
    case chunk
}

package enum ComponentLookup: Sendable {
    /// It was not looked for, as one that comes from another host.
    case unknown
    case missing(hint: String)
    /// It is not here; a run brings it in.
    case remote(hint: String)
    /// It is for machines that this one is not.
    case foreign(why: String)
    case found(ComponentManifest?)
}

package enum TimeZoneLookup: Sendable {
    /// There is no database to look in.
    case unknown
    case found
    case missing(nearest: String?)
}

/// A home's configuration, and how grave it is when a file names what it does not have.
package struct ConfigurationCheck: Sendable {
    package let values: HomeSettings
    package let severity: Diagnostic.Severity

    package init(_ values: HomeSettings, severity: Diagnostic.Severity) {
        self.values = values
        self.severity = severity
    }
}

/// What the linter asks of the rest of the system; what is nil is not checked.
package struct LintChecks: Sendable {
    package var script: (@Sendable (_ source: String, ScriptKind) -> ScriptProblem?)?
    package var component: (@Sendable (ComponentImage) -> ComponentLookup)?
    package var timeZone: (@Sendable (TimeZoneName) -> TimeZoneLookup)?
    package var configuration: ConfigurationCheck?
    /// Whether nobody but who starts a run can approve it, as in a home.
    package var isOneUsers = false

    package init(
        script: (@Sendable (_ source: String, ScriptKind) -> ScriptProblem?)? = nil,
        component: (@Sendable (ComponentImage) -> ComponentLookup)? = nil,
        timeZone: (@Sendable (TimeZoneName) -> TimeZoneLookup)? = nil
    ) {
        self.script = script
        self.component = component
        self.timeZone = timeZone
    }

    package static let none = LintChecks()
}
