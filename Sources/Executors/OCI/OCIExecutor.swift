package import Domain
import Glibc
import OCI
package import Storage
package import Workflows

/// Runs attempts in containers of this machine: layers under overlayfs, runc under conmon, no
/// daemon. A container goes on when this process ends, and is found again by its folder.
package final class OCIExecutor: JobExecutor {
    let home: Home
    let layers: LayerStore
    let trees: TreeStore
    let collector: ArtifactCollector
    let reportCollector: ReportCollector
    package let caches: CacheStore
    let now: @Sendable () -> Timestamp
    /// Told of what nobody waits for, such as a clean-up that failed.
    let warn: @Sendable (String) -> Void
    let ranges: UserRanges
    let userSupport: KnownUserSupport
    /// What no job of the home reaches, as it stands when an attempt starts.
    let denied: @Sendable () throws -> [IPv4Network]
    let attempts = KnownAttempts()
    /// Starts wait for the runtime, so they have threads of their own.
    let starters = IOPool(width: 16)
    let cleanUps = CleanUps()
    /// Tells a restart of the machine from one of this process.
    let bootID: String
    let tools: @Sendable () throws(ExecutorError) -> Tools
    private let defaultLimits: @Sendable () throws -> Resources
    let sandboxes: @Sendable () throws -> SandboxSettings

    /// `bootID`: changes whenever the machine starts (random(4)); empty where it is not known.
    /// `tools` finds the programs that hold and run containers. `users`: what to take this machine
    /// for, in the place of what it can do; for tests. `limits`: of attempts that have none.
    package init(
        home: Home, blobs: BlobStore, now: @escaping @Sendable () -> Timestamp,
        bootID: String = OCIExecutor.bootOfThisMachine, users: UserSupport? = nil,
        limits: @escaping @Sendable () throws -> Resources = { Resources(cpu: nil, memory: nil) },
        tools: @escaping @Sendable () throws(ExecutorError) -> Tools = Tools.find,
        sandboxes: @escaping @Sendable () throws -> SandboxSettings = { SandboxSettings() },
        denied: @escaping @Sendable () throws -> [IPv4Network] = { [] },
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.bootID = bootID
        defaultLimits = limits
        self.tools = tools
        self.sandboxes = sandboxes
        self.warn = warn
        self.denied = denied
        ranges = UserRanges(home: home)
        userSupport = KnownUserSupport(home, given: users)
        self.home = home
        self.now = now
        layers = LayerStore(blobs: blobs, path: home.layersPath)
        trees = TreeStore(blobs: blobs, path: home.treesPath)
        collector = ArtifactCollector(blobs: blobs)
        reportCollector = ReportCollector(blobs: blobs)
        caches = CacheStore(path: home.cachesPath)
    }

    /// With the home's limits where an attempt, or a service, has none of its own.
    func resources(_ own: Resources) throws -> Resources { own.filled(from: try defaultLimits()) }

    package func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
        let folder = AttemptFolder(attempt.id, home: home)
        let stop = attempts.begin(attempt.id)
        var container: Container?
        do {
            try stop.check()
            let tools = try self.tools()
            // What is missing is told before anything is fetched or mounted for it.
            _ = try runtime(for: attempt, folder)
            let image = try await layers.image(attempt.image, stop: stop)
            // Until the attempt has a folder, which tells that it may see what is laid out.
            let holds = try await starters.run { try self.hold(for: attempt) }
            defer { withExtendedLifetime(holds) {} }
            let content = try await lay(attempt, stop)
            let users = try await starters.run { try self.users(of: attempt, folder) }
            try await makeNetwork(attempt, folder, users, stop)
            let services = try await startServices(attempt, folder, users, tools, stop)
            let made = try await starters.run {
                try self.launch(
                    attempt, folder, users, image, content, services, tools, stop)
            }
            container = made
            if attempts.add(made) { made.leave() }
            // Told to stop at the very end: the clean-up ends the container.
            try stop.check()
            return AttemptHandle(id: attempt.id, startedAt: try made.beganAt())
        } catch {
            let why = folder.blame(Self.translate(error))
            container == nil ? attempts.abandon(attempt.id) : attempts.forget(attempt.id)
            // One whose program may have run keeps its folder until its end is recorded: else a
            // process that takes over would start it once more.
            if container != nil || error is InterruptedStart {
                endLater(folder)
            } else {
                removeLater(folder)
            }
            throw why
        }
    }

    /// A namespace that outlives its containers, where there are several, or where it is connected.
    func makeNetwork(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ users: ContainerUsers?,
        _ stop: StopFlag
    ) async throws {
        guard attempt.needsNetwork else { return }
        try await starters.run {
            try stop.check()
            try Files.makeFolders(folder.path)
            try AttemptNetwork(folder).make(
                try self.reach(of: attempt), names: attempt.services.map(\.name), users?.range)
        }
    }

    package func logs(_ handle: AttemptHandle) -> AttemptLogs {
        guard let container = container(handle.id) else { return AttemptLogs(job: EmptyLog()) }
        return AttemptLogs(
            job: container.log(),
            services: container.services.map { ($0.name, $0.container.log()) })
    }

    package func cancel(_ handle: AttemptHandle, grace: Duration) async {
        await attempts.stop(handle.id)?.cancel(grace: grace)
    }

    package func expire(_ handle: AttemptHandle, grace: Duration) async {
        await attempts.stop(handle.id)?.expire(grace: grace)
    }

    /// Ends all containers at once and lets nothing begin any more, for a process that is about to
    /// leave. Blocks for three seconds at most. What is left is found by `leftovers`.
    package func endByForce() {
        for container in attempts.close() { container.kill() }
        for _ in 0..<150 where attempts.isStarting { usleep(20_000) }
        // Those that got their container between the two.
        for container in attempts.close() { container.kill() }
    }

    package func collect(_ handle: AttemptHandle) async throws(ExecutorError) -> AttemptResult {
        guard let container = container(handle.id) else {
            throw .runtime("attempt \(handle.id) is not known here")
        }
        await container.over.wait()
        for service in container.services { await service.container.over.wait() }
        guard !container.isLeft else { throw .left }
        do {
            return try await starters.run { try self.gather(container) }
        } catch {
            throw Self.translate(error)
        }
    }

    package func dispose(_ id: AttemptID) {
        attempts.forget(id)
        let folder = AttemptFolder(id, home: home)
        guard folder.exists || isKnownToRuntime(folder) else { return }
        removeLater(folder)
    }

    package func leave(_ id: AttemptID) {
        attempts.leave(id)?.leave()
    }

    package func settle() async { await cleanUps.wait() }

    private func container(_ id: AttemptID) -> Container? {
        attempts.container(id)
    }

    private func removeLater(_ folder: AttemptFolder) {
        cleanUps.add(folder.id) { [self] in cleanUp(folder) }
    }

    /// Ends what runs of an attempt; all else of it stays.
    private func endLater(_ folder: AttemptFolder) {
        cleanUps.add(folder.id) { [self] in
            do {
                folder.markStopped()
                try endContainers(folder)
            } catch {
                warn("attempt \(folder.id) could not be ended: \(error)")
            }
        }
    }

    static func translate(_ error: any Error) -> ExecutorError {
        switch error {
        case let error as ExecutorError: error
        case let error as InterruptedStart: translate(error.cause)
        case let error as ImageError: .image(error.description)
        case let error as TarError: .image("a layer is not valid: \(error.description)")
        case StorageError.missingBlob(let digest):
            .image("blob \(digest) is missing from the store")
        case StorageError.timedOut: .runtime("\(error)")
        case let error as StorageError:
            error.isOfTheDisk ? .disk(error.description) : .storage(error.description)
        default: .runtime("\(error)")
        }
    }
}

struct EmptyLog: LogSource {
    func next() async -> [LogChunk] { [] }
}
