import Domain
import OCI
import Registry
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// An executor on a home of its own, with real images.
struct ExecutorHome: Sendable {
    let home: Home
    let blobs: BlobStore
    let executor: OCIExecutor
    let images: [String: OCI.Digest]
    /// Of its own: homes share control groups.
    private let run: RunID

    /// Imports the named base images; afterwards nothing of any attempt may be left.
    static func with(
        images names: [String] = ["busybox"], users: UserSupport? = nil,
        _ body: (ExecutorHome) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(path: "\(folder)/home")
            do {
                try await body(try await ExecutorHome(home, names, users))
                try Files.removeTree(home.runtimePath)
            } catch {
                try Files.removeTree(home.runtimePath)
                throw error
            }
        }
    }

    private init(_ home: Home, _ names: [String], _ users: UserSupport?) async throws {
        self.home = home
        blobs = BlobStore(path: home.blobsPath)
        let database = try Database(path: home.databasePath)
        let now = Timestamp(microseconds: 1)
        try await database.migrate(ImageStore.migrations, at: now)
        let store = ImageStore(
            database: database, blobs: blobs, temporaryPath: "\(home.blobsPath)/tmp")
        var images: [String: OCI.Digest] = [:]
        for name in names {
            images[name] = try await store.import(try Checkout.image(name), as: nil, at: now)
                .first?.manifest
        }
        self.images = images
        var random = SystemRandomNumberGenerator()
        run = RunID(at: now, random: (0, random.next()))
        executor = OCIExecutor(
            home: home, blobs: blobs, now: { now }, users: users, warn: { Issue.record("\($0)") })
    }

    func id(number: Int = 1) -> AttemptID { AttemptID(run: run, leg: 0, number: number) }

    func request(
        _ script: String = "", command: [String]? = nil, image: String = "busybox",
        user: String? = nil, source: ArtifactRecord? = nil, produces: [ProducedArtifact] = [],
        workspace: WorkspaceContent = .own, number: Int = 1
    ) throws -> AttemptRequest {
        AttemptRequest(
            id: id(number: number),
            image: try #require(images[image]),
            program: command.map { .command($0) } ?? .script(script, shell: ["/bin/sh", "-e"]),
            environment: [], dataFile: nil,
            resources: Resources(cpu: nil, memory: nil),
            isolation: Isolation(user: user, hasReadOnlyRoot: false, isHardened: false),
            source: source, workspace: workspace, artifacts: [:], produces: produces,
            logLimitBytes: 1 << 20)
    }

    /// Runs an attempt to its end and removes it.
    func run(_ request: AttemptRequest) async throws -> (log: String, result: AttemptResult) {
        let (log, result) = try await gather(request)
        executor.dispose(request.id)
        await executor.settle()
        return (log, result)
    }

    /// Runs an attempt to its end.
    func gather(_ request: AttemptRequest) async throws -> (log: String, result: AttemptResult) {
        let handle = try await executor.start(request)
        let source = executor.logs(handle).job
        var lines: [String] = []
        while true {
            let chunks = try await source.next()
            if chunks.isEmpty { break }
            lines += chunks.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        let result = try await executor.collect(handle)
        return (lines.joined(separator: "\n"), result)
    }

    func leftovers() throws -> [String] {
        var found = try Files.list(home.attemptsPath)
        for folder in ["mounts", "runc"] where Files.exists("\(home.runtimePath)/\(folder)") {
            found += try Files.list("\(home.runtimePath)/\(folder)")
        }
        found += try UserRanges(home: home).all().map { "users of \($0.owner)" }
        return found
    }
}
