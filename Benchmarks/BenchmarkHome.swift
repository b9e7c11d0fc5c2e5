import CLinux
import Domain
import Executors
import Glibc
import OCI
import Registry
import Runs
import Storage
import TestSupport
import Workflows

/// A home in a temporary folder, and the service that runs workflows in it.
struct BenchmarkHome {
    let folder: String
    let home: Home
    let service: RunService

    /// With an executor that runs nothing.
    static func withoutContainers<Value>(
        _ body: (BenchmarkHome) async throws -> Value
    ) async throws -> Value {
        try await withFolder { folder in
            let home = try Home(path: "\(folder)/home")
            let database = try Database(path: home.databasePath)
            try await database.migrate(RunStore.migrations, at: now())
            let service = RunService(
                database: database, blobs: BlobStore(path: home.blobsPath), home: home,
                images: AnyImage(), executor: NoOpExecutor(), hooks: NoHooks(),
                masking: { _ in NoMasking() }, now: { now() })
            let value = try await body(
                BenchmarkHome(folder: folder, home: home, service: service))
            try Files.removeTree(home.runtimePath)
            return value
        }
    }

    /// With containers of this machine and one image, `bench:latest`, whose layers are given to
    /// `body` unpacked, the topmost first.
    static func withContainers<Value>(
        of archive: String, users: UserSupport? = nil,
        _ body: (BenchmarkHome, _ layers: [String]) async throws -> Value
    ) async throws -> Value {
        try await withFolder { folder in
            let home = try Home(path: "\(folder)/home")
            let database = try Database(path: home.databasePath)
            try await database.migrate(ImageStore.migrations + RunStore.migrations, at: now())
            let blobs = BlobStore(path: home.blobsPath)
            let images = ImageStore(
                database: database, blobs: blobs, temporaryPath: "\(home.blobsPath)/tmp")
            let name = try ImageReference(parsing: "bench:latest")
            let imported = try await images.import(archive, as: name, at: now())
            guard let manifest = imported.first?.manifest else {
                throw BenchmarkError(what: "'\(archive)' holds no image")
            }
            let executor = OCIExecutor(
                home: home, blobs: blobs, now: { now() }, users: users)
            let service = RunService(
                database: database, blobs: blobs, home: home, images: Named(store: images),
                executor: executor, hooks: NoHooks(), masking: { _ in NoMasking() },
                now: { now() })
            let unpacked = try await LayerStore(blobs: blobs, path: home.layersPath)
                .image(manifest)
            let value = try await body(
                BenchmarkHome(folder: folder, home: home, service: service),
                unpacked.lowerFolders)
            await executor.settle()
            try Files.removeTree(home.runtimePath)
            return value
        }
    }

    /// Removed afterwards, whatever happens.
    static func withFolder<Value>(
        _ body: (_ folder: String) async throws -> Value
    ) async throws -> Value {
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        let value: Value
        do {
            value = try await body(folder)
        } catch {
            try Files.removeTree(folder)
            throw error
        }
        try Files.removeTree(folder)
        return value
    }

    /// Runs a workflow, which must succeed; `seconds` are those of its jobs, without its making.
    func run(
        _ workflow: String, slots: Int, observer: (any RunObserver)? = nil
    ) async throws -> (state: RunState, seconds: Double) {
        let text = Array(workflow.utf8)
        let file = "\(folder)/w.yaml"
        try Files.writeFile(file, text)
        guard let definition = WorkflowFile.parse(text).definition else {
            throw BenchmarkError(what: "the benchmark's workflow is not valid")
        }
        let run = try await service.create(
            RunRequest(
                text: text, definition: definition, file: file, inputs: [:], secrets: [:],
                actor: "bench", slots: slots))
        let start = Measuring.seconds()
        let state = try await service.advance(run, observer: observer)
        let seconds = Measuring.seconds() - start
        guard state.phase == .succeeded else {
            throw BenchmarkError(
                what: "the run ended as \(state.phase.rawValue): \(state.reason ?? "?")")
        }
        return (state, seconds)
    }

    /// Runs a job of the image, which must succeed: milliseconds from ready to ended.
    func job(_ keys: String) async throws -> Double {
        let state = try await run(BenchmarkWorkflow.jobs(1, keys), slots: 8).state
        guard let ready = state.jobs[0].readyAt, let end = state.jobs[0].endedAt else {
            throw BenchmarkError(what: "the job has no times")
        }
        return Double(end.since(ready).microseconds) / 1000
    }

    static func now() -> Timestamp {
        Timestamp(microseconds: slipway_nanoseconds(CLOCK_REALTIME) / 1000)
    }
}

/// One stage of jobs that name the component `bench`.
enum BenchmarkWorkflow {
    static func jobs(_ count: Int, isParallel: Bool = true, _ work: String = "") -> String {
        var text = "slipway: 1\nname: bench\nstages:\n  - name: s\n"
        text += "    run: \(isParallel ? "parallel" : "sequence")\n    jobs:\n"
        let work = work.isEmpty ? "" : ", \(work)"
        for job in 0..<count { text += "      - {name: j\(job), component: bench\(work)}\n" }
        return text
    }
}

struct AnyImage: ImageResolver {
    func manifest(for image: ComponentImage) async throws -> ImageLookup {
        .found(Digest(of: []))
    }
}

private struct Named: ImageResolver {
    let store: ImageStore

    func manifest(for image: ComponentImage) async throws -> ImageLookup {
        .found(try await store.resolve(image.reference))
    }
}

struct NoHooks: HookEvaluator {
    func evaluate(_ request: HookRequest) async -> HookOutcome { .passed(true, log: []) }
}

struct NoMasking: Masking {
    var isEmpty: Bool { true }
    func mask(_ text: String) -> String { text }
    func secret(in text: String) -> String? { nil }
    func logMask() -> any LogMask { NoMask() }
}
