package import Domain

/// One job as the file says it, with the file's `defaults` already laid under it.
package struct JobDefinition: Sendable {
    package let name: String
    package let description: String?
    package let work: JobWork
    package let inputs: [NamedTemplate]
    /// Declared output names, in the order of the file.
    package let outputs: [String]
    /// Artifact name → path, relative to the working folder or absolute under it.
    package let produces: [ProducedArtifact]
    package let consumes: [ConsumedArtifact]
    package let before: Located<String>?
    package let after: Located<String>?
    /// A Lua expression.
    package let condition: Located<String>?
    /// Keys as written, the last varies fastest; empty for a job without a matrix.
    package let matrix: [MatrixKey]
    /// Attempts at once; nil for a job without shards.
    package let shards: Int?
    package let retry: RetryPolicy
    /// Per attempt, from the container's start.
    package let timeout: Duration
    package let resources: Resources
    package let workspace: Workspace
    package let caches: [CacheDeclaration]
    package let services: [ServiceDefinition]
    /// False for `source: none`.
    package let seesSource: Bool
    package let allowFailure: Bool
    /// Results are taken from the file alone (DESIGN §3, "Out").
    package let hasStrictResults: Bool
    package let isolation: Isolation
    /// Of a job whose result is kept and taken again; nil for one that always runs.
    package let memo: MemoRule?
    /// File under `/slipway/secrets` → secret.
    package let secretFiles: [SecretFile]
    package let position: TextPosition
    /// Its protected target: an environment of the home's configuration.
    package internal(set) var protectedEnvironment: Located<String>?
}

/// What a job's container runs.
package enum Program: Hashable, Sendable {
    /// The image's own entrypoint and arguments.
    case image
    /// Replaces both.
    case command([String])
    /// Text handed to a shell: `shell` and then the script as its last argument after `-c`.
    case script(String, shell: [String])

    /// What `script` runs with when the job names no shell.
    package static let defaultShell = ["sh", "-e"]
}

/// Limits of one attempt. The number of processes is always limited (DESIGN §2, "Defaults").
package struct Resources: Hashable, Sendable {
    package let cpu: ProcessorShare?
    package let memory: ByteSize?
    /// Of all that an attempt writes.
    package let disk: ByteSize?

    package init(cpu: ProcessorShare?, memory: ByteSize?, disk: ByteSize? = nil) {
        self.cpu = cpu
        self.memory = memory
        self.disk = disk
    }

    /// What is not limited here is as in others.
    package func filled(from others: Resources) -> Resources {
        Resources(
            cpu: cpu ?? others.cpu, memory: memory ?? others.memory, disk: disk ?? others.disk)
    }

    package static let processLimit = 512
    /// The kernel's smallest share in a period of 100 ms is 1 ms.
    static let smallestCPU = ProcessorShare(millicores: 10)
    /// With less, runc cannot start a container.
    static let smallestMemory = ByteSize(bytes: 6 << 20)
    /// With less, a file system's own tables are most of it.
    static let smallestDisk = ByteSize(bytes: 4 << 20)
    /// Files of most file systems can be as long.
    static let largestDisk = ByteSize(bytes: 1 << 40)
}

package struct ProducedArtifact: Hashable, Sendable {
    package let name: String
    package let path: String

    package init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// An artifact of an upstream job that appears at `$T_ARTIFACTS/NAME`.
package struct ConsumedArtifact: Hashable, Sendable {
    package let name: String
    package let stage: String
    package let job: String
    package let artifact: String
    package let isOptional: Bool

    package init(name: String, stage: String, job: String, artifact: String, isOptional: Bool) {
        self.name = name
        self.stage = stage
        self.job = job
        self.artifact = artifact
        self.isOptional = isOptional
    }
}
