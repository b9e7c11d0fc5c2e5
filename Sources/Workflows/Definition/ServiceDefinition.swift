import Domain

/// A container that runs beside a job, in its network (DESIGN §6): a database, a browser.
package struct ServiceDefinition: Sendable {
    package let name: String
    package let component: Located<ComponentImage>
    package let program: Program
    package let inputs: [NamedTemplate]
    /// Succeeds in the container once the service can be used; nil when it can at once.
    package let ready: [String]?
    /// How long that may take.
    package let readyLimit: Duration
    package let resources: Resources
    package let user: String?

    static let countLimit = 16
    static let readyLimit = Duration.seconds(60)
    static let longestReadyLimit = Duration.seconds(3600)
}
