import CLinux
import Domain
import Executors
import Glibc
import OCI
import Registry
import Runs
import Scripting
import Storage
import Synchronization
import Workflows

/// The composition root of the command line: everything of one home, joined.
struct HomeServices: Sendable {
    let home: Home
    /// Says that this process is at work in the home, to its end.
    let use: HomeUse
    let blobs: BlobStore
    let database: Database
    let images: ImageStore
    let executor: OCIExecutor
    let sandbox: LuaSandbox
    let runs: RunService
    /// What `config.yaml` said when this process began: a run under way keeps that, and no start
    /// reads it anew. A file that cannot be read stops what needs it, not those who only look.
    private let configuration: Result<HomeSettings, any Error>

    /// Opens `$SLIPWAY_HOME`, makes what is missing of it, and brings its tables up to date. On a
    /// disk that takes no writes it opens what is there, to be looked at.
    static func open() async throws -> HomeServices {
        let home = try Home(path: homePath)
        let use = try await IOPool.shared.run { try HomeUse(home) }
        uses.withLock { $0.append(use) }
        let database = try await openDatabase(home)
        let blobs = BlobStore(path: home.blobsPath)
        let images = ImageStore(
            database: database, blobs: blobs, temporaryPath: "\(home.blobsPath)/tmp")
        let settings = Result { try HomeConfiguration.read(home.path) }
        let executor = OCIExecutor(
            home: home, blobs: blobs, now: { now() },
            limits: { try settings.get().limits },
            sandboxes: { try settings.get().sandboxes },
            denied: { try settings.get().denied },
            warn: { Console.error("slipway: warning: \($0)") })
        // Hooks run in this same program, started anew (see `HookWorkerCommand`).
        let sandbox = LuaSandbox(
            workerPath: "/proc/self/exe", workerArguments: [HookWorkerCommand.verb])
        let runs = RunService(
            database: database, blobs: blobs, home: home, images: StoredImages(store: images),
            executor: executor, hooks: LuaHooks(sandbox: sandbox),
            masking: { try RunMasker($0) }, now: { now() },
            tell: { note in
                // It goes on behind the run; `close` waits for it.
                executor.doLater("a notification") { Notifier.tell(note, home: home.path) }
            }, floor: { try settings.get().sandboxes.floor })
        return HomeServices(
            home: home, use: use, blobs: blobs, database: database, images: images,
            executor: executor, sandbox: sandbox, runs: runs, configuration: settings)
    }

    /// Of `config.yaml`, as it was when this process began.
    func settings() throws -> HomeSettings { try configuration.get() }

    private static func openDatabase(_ home: Home) async throws -> Database {
        let migrations = ImageStore.migrations + RunStore.migrations
        guard home.isReadOnly else {
            let database = try Database(path: home.databasePath)
            try await database.migrate(migrations, at: now())
            return database
        }
        let database = try Database.copy(ofPath: home.databasePath)
        try await database.checkMigrated(migrations)
        return database
    }

    /// Whoever lets go of the services may still be at work with parts of them.
    private static let uses = Mutex<[HomeUse]>([])

    /// Removes what ended processes left: attempts of runs that are over, content half written,
    /// sockets and locks. An attempt of a run that has not ended stays, since `resume` finds it
    /// again. What takes long goes on behind the caller; `close` waits for it.
    func sweep() async throws {
        // Whoever sweeps is about to write: better said before anything is begun.
        guard !home.isReadOnly else { throw StorageError.readOnly(path: home.path) }
        try await sweepAttempts()
        try await images.removeUnused(imageUses)
        let (blobs, images, executor) = (blobs, images, executor)
        let limit = Self.now().microseconds - ImageStore.incomingLifetime.microseconds
        let keptCaches = Set(try await runs.store.caches().map(\.digest))
        executor.doLater("what ended processes left") {
            try blobs.removeAbandoned()
            try blobs.removeIncoming(before: limit / 1_000_000)
            try images.removeAbandoned()
            try executor.removeAbandoned()
            // What later runs have kept in its place.
            _ = try executor.removeCaches(allBut: keptCaches, olderThanSeconds: 600)
        }
    }

    /// What runs need of the store beside their images, and which images they need still.
    var imageUses: ImageUses {
        let store = runs.store
        return ImageUses(
            isInUse: { try await store.isUnfinished(using: $0) },
            isKept: { try await store.needs($0) })
    }

    /// Removes unpacked layers that belong to no image of this home any more.
    func removeUnusedLayers() async throws {
        let executor = executor
        try await images.withAllLayers { try executor.removeLayers(allBut: $0) }
    }

    /// Removes the content of caches that belongs to no key any more; says how many bytes of it.
    func removeUnusedCaches() async throws -> Int64 {
        let kept = Set(try await runs.store.caches().map(\.digest))
        let executor = executor
        return try await IOPool.shared.run {
            try executor.removeCaches(allBut: kept, olderThanSeconds: 0)
        }
    }

    /// Waits for what goes on behind the answers: clean-up, hook workers.
    func close() async {
        await executor.settle()
        await sandbox.shutdown()
    }

    static func now() -> Timestamp {
        Timestamp(microseconds: slipway_nanoseconds(CLOCK_REALTIME) / 1000)
    }

    /// Where the home is, or would be.
    static var homePath: String { Home.defaultPath(environment: environment()) }

    private static func environment() -> [String: String] {
        var values: [String: String] = [:]
        for name in ["SLIPWAY_HOME", "XDG_DATA_HOME", "HOME"] {
            values[name] = Console.environment(name)
        }
        // Where it is unset or empty: what the system knows.
        if values["HOME"] ?? "" == "" { values["HOME"] = Account(RootlessMode.user).home }
        return values
    }
}

/// Who acts: locally, the operating system's user (DESIGN §2, "Who").
enum LocalActor {
    static func name() -> String {
        // Without root this process is root of namespaces of its own.
        let account = Account(RootlessMode.user)
        return account.name ?? "uid-\(account.id)"
    }
}
