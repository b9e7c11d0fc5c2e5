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
    let attempts = KnownAttempts()
    /// Starts wait for the runtime, so they have threads of their own.
    let starters = IOPool(width: 16)
    let cleaners = IOPool(width: 2)
    let cleaning = CountedWork()
    let held = HeldAttempts()

    package init(
        home: Home, blobs: BlobStore, now: @escaping @Sendable () -> Timestamp,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.warn = warn
        self.home = home
        self.now = now
        layers = LayerStore(blobs: blobs, path: home.layersPath)
        trees = TreeStore(blobs: blobs, path: home.treesPath)
        collector = ArtifactCollector(blobs: blobs)
        reportCollector = ReportCollector(blobs: blobs)
        caches = CacheStore(path: home.cachesPath)
    }

    package func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
        let folder = AttemptFolder(attempt.id, home: home)
        let stop = attempts.begin(attempt.id)
        var container: Container?
        do {
            try stop.check()
            let tools = try Tools.find()
            let image = try await layers.image(attempt.image, stop: stop)
            // Until the attempt has a folder, which tells that it may see what is laid out.
            let hold =
                attempt.caches.isEmpty ? nil : try await starters.run { try self.caches.hold() }
            defer { withExtendedLifetime(hold) {} }
            let content = try await lay(attempt, stop)
            try await makeNetwork(attempt, folder, stop)
            let services = try await startServices(attempt, folder, tools, stop)
            let made = try await starters.run {
                try self.launch(attempt, folder, image, content, services, tools, stop)
            }
            container = made
            attempts.add(made)
            // Told to stop at the very end: the clean-up ends the container.
            try stop.check()
            return AttemptHandle(id: attempt.id, startedAt: made.startedAt)
        } catch {
            container == nil ? attempts.abandon(attempt.id) : attempts.forget(attempt.id)
            removeLater(folder)
            throw Self.translate(error)
        }
    }

    /// A namespace that outlives its containers, where there are several, or where it is connected.
    func makeNetwork(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ stop: StopFlag
    ) async throws {
        guard attempt.needsNetwork else { return }
        try await starters.run {
            try stop.check()
            // The folder first: it tells of the attempt, should this process be killed.
            try Files.makeFolders(folder.path)
            try AttemptNetwork(folder).make(
                attempt.isolation.network, names: attempt.services.map(\.name))
        }
    }

    package func adopt(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle? {
        let folder = AttemptFolder(attempt.id, home: home)
        guard Files.exists(folder.conmonPidPath) || Files.exists(folder.exitPath) else {
            // It never came to its container; its services may run.
            if Files.exists(folder.path) || Files.exists(folder.mountsPath) { removeLater(folder) }
            return nil
        }
        let stop = attempts.begin(attempt.id)
        do {
            let container = Container(
                folder: folder, produces: attempt.produces,
                caches: try attempt.caches.restored(in: folder),
                services: try adoptServices(attempt, folder), startedAt: now(),
                logLimitBytes: attempt.logLimitBytes, isHeld: attempt.isHeld)
            container.watch(conmon: try AttemptFolder.pid(in: folder.conmonPidPath))
            attempts.add(container)
            if stop.isRaised { container.signal(SIGKILL) }
            return AttemptHandle(id: attempt.id, startedAt: container.startedAt)
        } catch {
            attempts.abandon(attempt.id)
            throw Self.translate(error)
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
        await container.ended.wait()
        for service in container.services { await service.container.ended.wait() }
        do {
            let result = try await starters.run { try self.gather(container) }
            attempts.forget(handle.id)
            // Off the path of whoever waits for the result.
            container.isHeld ? held.insert(handle.id) : removeLater(container.folder)
            return result
        } catch {
            attempts.forget(handle.id)
            removeLater(container.folder)
            throw Self.translate(error)
        }
    }

    /// Waits until nothing of ended attempts is left.
    package func shutdown() async {
        await cleaning.wait()
    }

    private func container(_ id: AttemptID) -> Container? {
        attempts.container(id)
    }

    func removeLater(_ folder: AttemptFolder) {
        cleaning.begin()
        cleaners.submit { [self] in
            defer { cleaning.end() }
            cleanUp(folder)
        }
    }

    static func translate(_ error: any Error) -> ExecutorError {
        switch error {
        case let error as ExecutorError: error
        case let error as ImageError: .image(error.description)
        case let error as TarError: .image("a layer is not valid: \(error.description)")
        case StorageError.missingBlob(let digest):
            .image("blob \(digest) is missing from the store")
        case StorageError.timedOut: .runtime("\(error)")
        case let error as StorageError: .storage(error.description)
        default: .runtime("\(error)")
        }
    }
}

struct EmptyLog: LogSource {
    func next() async -> [LogChunk] { [] }
}
