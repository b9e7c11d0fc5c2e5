package import Domain
package import OCI

/// Everything that an executor needs to run one attempt; all references are resolved.
package struct AttemptRequest: Sendable {
    package var id: AttemptID
    /// The image's manifest for this machine's platform.
    package let image: Digest
    package let program: Program
    /// Variables in order; later ones win over the image's.
    package let environment: [EnvironmentVariable]
    /// The large form of `T_DATA`: content of `/slipway/data.json`.
    package let dataFile: [UInt8]?
    package let resources: Resources
    package let isolation: Isolation
    /// Name under `/slipway/secrets` → what the file holds.
    package let secretFiles: [String: Secret]
    /// The run's source, an artifact of kind folder.
    package let source: ArtifactRecord?
    package let workspace: WorkspaceContent
    /// Name under `/slipway/artifacts` → what stands there.
    package let artifacts: [String: ConsumedContent]
    package let produces: [ProducedArtifact]
    /// Found in the working folder, and kept of it when the attempt has succeeded.
    package var caches: [CacheRequest]
    /// Started, and ready, before the attempt's own container; they end with it.
    package let services: [ServiceRequest]
    /// Raw log bytes after which the attempt is ended as `log-limit`.
    package let logLimitBytes: Int64
    /// What a person should know of how it runs, and what nobody asked for.
    package var notes: [String] = []

    package init(
        id: AttemptID, image: Digest, program: Program, environment: [EnvironmentVariable],
        dataFile: [UInt8]?, resources: Resources, isolation: Isolation = .standard,
        secretFiles: [String: Secret] = [:], source: ArtifactRecord?,
        workspace: WorkspaceContent = .own,
        artifacts: [String: ConsumedContent], produces: [ProducedArtifact],
        caches: [CacheRequest] = [], services: [ServiceRequest] = [], logLimitBytes: Int64
    ) {
        self.id = id
        self.image = image
        self.program = program
        self.environment = environment
        self.dataFile = dataFile
        self.resources = resources
        self.isolation = isolation
        self.secretFiles = secretFiles
        self.source = source
        self.workspace = workspace
        self.artifacts = artifacts
        self.produces = produces
        self.caches = caches
        self.services = services
        self.logLimitBytes = logLimitBytes
    }
}

/// What an attempt finds in its working folder.
package enum WorkspaceContent: Hashable, Sendable {
    /// A folder of its own: its source, if it sees one.
    case own
    /// The run's folder, where the run's source was laid once.
    case shared(source: ArtifactRecord?)
}

/// A variable whose value may be a secret, so it is never printed.
package struct EnvironmentVariable: Sendable {
    package let name: String
    package let value: Secret

    package init(name: String, value: Secret) {
        self.name = name
        self.value = value
    }
}

/// A file or folder that a job made, by digest.
package struct ArtifactRecord: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// The blob is the file's content.
        case file
        /// The blob is a deterministic tar of the folder's content.
        case folder
    }

    package let kind: Kind
    package let digest: Digest
    package let size: Int64
    /// Of a file: whether its owner may execute it.
    package let isExecutable: Bool

    package init(kind: Kind, digest: Digest, size: Int64, isExecutable: Bool) {
        self.kind = kind
        self.digest = digest
        self.size = size
        self.isExecutable = isExecutable
    }
}

/// What stands at one place under `/slipway/artifacts`.
package enum ConsumedContent: Sendable {
    case single(ArtifactRecord)
    /// A folder `0/ 1/ …`, one a leg; nil where a leg made none.
    case legs([ArtifactRecord?])
}
