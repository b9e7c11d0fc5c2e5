import Domain
import Executors
import Glibc
import OCI
import Registry
import Runs
import Storage
import Workflows

/// A container job, ready → ended with its commits, beside bare `runc run` of the same
/// specification and `podman run --network none` of the same image; in turn.
enum ContainerBenchmarks {
    private static let rounds = 20
    private static let program = ["/bin/true"]

    static func run(archive: String) async throws {
        print("\ncontainers (network none, /bin/true, \(rounds) rounds in turn)")
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        do {
            try await measure(archive, in: folder)
            try clean(folder)
        } catch {
            try clean(folder)
            throw error
        }
    }

    private static func clean(_ folder: String) throws {
        if let podman = Spawning.path(of: "podman") {
            // Its storage holds a mount of its own until it is told to let go.
            _ = try Spawning.run(podman, storage(folder) + ["system", "reset", "--force"])
        }
        try Files.removeTree(folder)
    }

    private static func measure(_ archive: String, in folder: String) async throws {
        let home = try Home(path: "\(folder)/home")
        let database = try Database(path: home.databasePath)
        let now = EngineBenchmarks.now
        try await database.migrate(ImageStore.migrations + RunStore.migrations, at: now())
        let blobs = BlobStore(path: home.blobsPath)
        let images = ImageStore(
            database: database, blobs: blobs, temporaryPath: "\(home.blobsPath)/tmp")
        let name = try ImageReference(parsing: "bench:latest")
        let imported = try await images.import(archive, as: name, at: now())
        let executor = OCIExecutor(home: home, blobs: blobs, now: { now() })
        let service = RunService(
            database: database, blobs: blobs, home: home, images: Named(store: images),
            executor: executor, hooks: NoHooks(), masking: { _ in NoMasking() }, now: { now() })
        let layers = LayerStore(blobs: blobs, path: home.layersPath)
        guard let manifest = imported.first?.manifest else {
            throw BenchmarkError(what: "'\(archive)' holds no image")
        }
        let unpacked = try await layers.image(manifest)
        let bundle = try bundle(in: folder, root: unpacked.lowerFolders[0])
        let podman = try podman(archive, folder)
        var samples: [[Double]] = [[], [], []]
        for round in 0...rounds {
            let times = [
                try await job(service, folder),
                try await Measuring.time { try runc(bundle, round) },
                try await Measuring.time { try Measuring.process(podman, environment: settings) },
            ]
            if round > 0 { for index in 0..<3 { samples[index].append(times[index]) } }
        }
        await executor.shutdown()
        try Files.removeTree(home.runtimePath)
        let ours = Series("slipway", samples[0])
        let bare = Series("runc", samples[1])
        let other = Series("podman", samples[2])
        let figure =
            "\(rounded(ours.median)) ms (p99 \(rounded(ours.p99)))"
        report(
            "against runc run, \(rounded(bare.median)) ms",
            figure + ": \(ratio(ours.median / bare.median)) ×", budget: "≤ 1.5 ×")
        report(
            "against podman run, \(rounded(other.median)) ms",
            figure + ": \(ratio(ours.median / other.median)) ×", budget: "≤ 0.5 ×")
    }

    /// Milliseconds from ready to ended.
    private static func job(_ service: RunService, _ folder: String) async throws -> Double {
        let text = Array(
            """
            slipway: 1
            name: bench
            stages:
              - name: s
                jobs: [{name: j, component: bench, command: [/bin/true]}]
            """.utf8)
        let file = "\(folder)/w.yaml"
        try Files.writeFile(file, text)
        guard let definition = WorkflowFile.parse(text).definition else {
            throw BenchmarkError(what: "the benchmark's workflow is not valid")
        }
        let run = try await service.create(
            RunRequest(
                text: text, definition: definition, file: file, inputs: [:], secrets: [:],
                actor: "bench", slots: 8))
        let state = try await service.advance(run, observer: nil)
        guard state.phase == .succeeded, let ready = state.jobs[0].readyAt,
            let end = state.jobs[0].endedAt
        else { throw BenchmarkError(what: "the job ended as \(state.reason ?? "?")") }
        return Double(end.since(ready).microseconds) / 1000
    }

    private static func bundle(in folder: String, root: String) throws -> String {
        let bundle = "\(folder)/bundle"
        try Files.makeFolders("\(bundle)/work")
        let specification = RuntimeSpecification(
            arguments: program, environment: ["PATH=/bin"], user: ProcessUser(), rootPath: root,
            hostName: "bench",
            binds: [Bind(source: "\(bundle)/work", target: "/slipway/work", isWritable: true)],
            cgroupPath: "/slipway/bench", resources: Resources(cpu: nil, memory: nil),
            openFilesLimit: 1024)
        try Files.writeFile("\(bundle)/config.json", specification.json.canonicalBytes)
        return bundle
    }

    private static func runc(_ bundle: String, _ round: Int) throws {
        guard let path = Spawning.path(of: "runc") else {
            throw BenchmarkError(what: "runc is missing; run make setup")
        }
        try Measuring.process(
            [path, "--root", "\(bundle)/state", "run", "--bundle", bundle, "bench-\(round)"])
    }

    private static let settings = ["CONTAINERS_CONF=/tmp/slipway-bench-containers.conf"]

    private static func storage(_ folder: String) -> [String] {
        [
            "--root", "\(folder)/podman", "--runroot", "\(folder)/podman-run",
            "--runtime", "/usr/sbin/runc", "--cgroup-manager", "cgroupfs",
        ]
    }

    /// Loads the image into a storage of its own; the words that run it.
    private static func podman(_ archive: String, _ folder: String) throws -> [String] {
        guard let path = Spawning.path(of: "podman") else {
            throw BenchmarkError(what: "podman is missing; run make setup")
        }
        // Limits that a process without CAP_SYS_RESOURCE may set.
        try Files.writeFile(
            "/tmp/slipway-bench-containers.conf",
            "[containers]\ndefault_ulimits = [\"nofile=1024:1024\",\"nproc=4096:4096\"]\n".utf8)
        let words = [path] + storage(folder)
        try Measuring.process(words + ["load", "-i", archive], environment: settings)
        let listed = try Spawning.capture(
            path, storage(folder) + ["images", "-q"], environment: settings, limit: 1 << 16)
        let image = String(decoding: listed.output.prefix { $0 != 0x0a }, as: UTF8.self)
        return words + ["run", "--rm", "--network", "none", image] + program
    }
}

private struct Named: ImageResolver {
    let store: ImageStore

    func manifest(for image: ComponentImage) async throws -> ImageLookup {
        .found(try await store.resolve(image.reference))
    }
}
