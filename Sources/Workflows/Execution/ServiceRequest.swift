import Domain
package import OCI

/// A container that runs beside an attempt, in its network namespace (DESIGN §6).
package struct ServiceRequest: Sendable {
    package let name: String
    /// The image's manifest for this machine's platform.
    package let image: Digest
    package let program: Program
    package let environment: [EnvironmentVariable]
    package let resources: Resources
    /// Who runs in it, in the place of the image's user; nil for that.
    package let user: String?
    /// A command that succeeds in the container once the service can be used; nil when it can at
    /// once.
    package let ready: [String]?
    /// How long that may take.
    package let readyLimit: Duration

    package init(
        name: String, image: Digest, program: Program, environment: [EnvironmentVariable],
        resources: Resources, user: String?, ready: [String]?, readyLimit: Duration
    ) {
        self.name = name
        self.image = image
        self.program = program
        self.environment = environment
        self.resources = resources
        self.user = user
        self.ready = ready
        self.readyLimit = readyLimit
    }
}

extension AttemptRequest {
    /// Whether several containers share its network, or it reaches more than itself.
    package var needsNetwork: Bool { !services.isEmpty || isolation.network != .none }
}

/// What an attempt and its services print; each has one reader.
package struct AttemptLogs: Sendable {
    package let job: any LogSource
    /// In the order of the request.
    package let services: [(name: String, source: any LogSource)]

    package init(job: any LogSource, services: [(name: String, source: any LogSource)] = []) {
        self.job = job
        self.services = services
    }
}
