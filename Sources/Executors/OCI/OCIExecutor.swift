package import Domain
import Glibc
import OCI
package import Storage
import Synchronization
package import Workflows

/// Runs attempts in containers of this machine: layers under overlayfs, runc under conmon, no
/// daemon. A container goes on when this process ends, and is found again by its folder.
package final class OCIExecutor: JobExecutor {
    let home: Home
    let layers: LayerStore
    let trees: TreeStore
    let collector: ArtifactCollector
    let now: @Sendable () -> Timestamp
    /// Told of what nobody waits for, such as a clean-up that failed.
    let warn: @Sendable (String) -> Void
    private let containers = Mutex<[AttemptID: Container]>([:])
    /// Attempts that were told to stop before they had a container.
    private let stopping = Mutex<Set<AttemptID>>([])
    /// Starts wait for the runtime, so they have threads of their own.
    private let starters = IOPool(width: 16)
    let cleaners = IOPool(width: 2)
    let cleaning = CountedWork()

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
    }

    package func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
        let folder = AttemptFolder(attempt.id, home: home)
        do {
            let tools = try Tools.find()
            let image = try await layers.image(attempt.image)
            let content = try await lay(attempt)
            guard !stopping.withLock({ $0.contains(attempt.id) }) else {
                throw ExecutorError.cancelled
            }
            let container = try await starters.run {
                try self.launch(attempt, folder, image, content, tools)
            }
            containers.withLock { $0[attempt.id] = container }
            // Told meanwhile: the container is there now, and so it can be ended.
            if stopping.withLock({ $0.remove(attempt.id) != nil }) { container.signal(SIGKILL) }
            return AttemptHandle(id: attempt.id, startedAt: container.startedAt)
        } catch {
            stopping.withLock { _ = $0.remove(attempt.id) }
            removeLater(folder)
            throw Self.translate(error)
        }
    }

    package func adopt(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle? {
        let folder = AttemptFolder(attempt.id, home: home)
        guard Files.exists(folder.conmonPidPath) || Files.exists(folder.exitPath) else {
            return nil
        }
        do {
            let container = Container(
                folder: folder, produces: attempt.produces, startedAt: now(),
                logLimitBytes: attempt.logLimitBytes)
            container.watch(conmon: try AttemptFolder.pid(in: folder.conmonPidPath))
            containers.withLock { $0[attempt.id] = container }
            return AttemptHandle(id: attempt.id, startedAt: container.startedAt)
        } catch {
            throw Self.translate(error)
        }
    }

    package func logs(_ handle: AttemptHandle) -> any LogSource {
        guard let container = container(handle.id) else { return EmptyLog() }
        return container.log()
    }

    package func cancel(_ handle: AttemptHandle, grace: Duration) async {
        if let container = container(handle.id) {
            await container.cancel(grace: grace)
        } else {
            stopping.withLock { _ = $0.insert(handle.id) }
            // It may have come between the two looks.
            if let container = container(handle.id) { await container.cancel(grace: grace) }
        }
    }

    package func collect(_ handle: AttemptHandle) async throws(ExecutorError) -> AttemptResult {
        guard let container = container(handle.id) else {
            throw .runtime("attempt \(handle.id) is not known here")
        }
        await container.ended.wait()
        do {
            let result = try await starters.run { try self.gather(container) }
            stopping.withLock { _ = $0.remove(handle.id) }
            containers.withLock { $0[handle.id] = nil }
            // Off the path of whoever waits for the result.
            removeLater(container.folder)
            return result
        } catch {
            removeLater(container.folder)
            throw Self.translate(error)
        }
    }

    /// Waits until nothing of ended attempts is left.
    package func shutdown() async {
        await cleaning.wait()
    }

    private func container(_ id: AttemptID) -> Container? {
        containers.withLock { $0[id] }
    }

    private func removeLater(_ folder: AttemptFolder) {
        cleaning.begin()
        cleaners.submit { [self] in
            defer { cleaning.end() }
            cleanUp(folder)
        }
    }

    private static func translate(_ error: any Error) -> ExecutorError {
        switch error {
        case let error as ExecutorError: error
        case let error as ImageError: .image(error.description)
        case let error as TarError: .image("a layer is not valid: \(error.description)")
        case StorageError.missingBlob(let digest):
            .image("blob \(digest) is missing from the store")
        case let error as StorageError: .storage(error.description)
        default: .runtime("\(error)")
        }
    }
}

struct EmptyLog: LogSource {
    func next() async -> [LogChunk] { [] }
}
