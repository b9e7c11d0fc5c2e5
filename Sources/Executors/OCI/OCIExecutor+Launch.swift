import CLinux
import Domain
import Glibc
import OCI
import Storage
import Workflows

/// Where the content that an attempt sees lies on this machine.
struct LaidContent: Sendable {
    var source: String?
    /// The run's source, for the folder that its jobs share.
    var sharedSource: String?
    /// Over the source, one a cache that was found.
    var cacheLayers: [String] = []
    /// The attempt's caches; `content` is what was really there.
    var caches: [CacheRequest] = []
    /// Name under `/slipway/artifacts`, or `NAME/0` for one leg → path here.
    var artifacts: [(name: String, path: String)] = []
}

extension OCIExecutor {
    func lay(_ attempt: AttemptRequest, _ stop: StopFlag) async throws -> LaidContent {
        var content = LaidContent()
        if let source = attempt.source {
            content.source = try await trees.tree(source, stop: stop)
        }
        if case .shared(let source?) = attempt.workspace {
            content.sharedSource = try await trees.tree(source, stop: stop)
        }
        for cache in attempt.caches {
            var cache = cache
            if let found = cache.content, let layer = try await caches.layer(found, stop: stop) {
                content.cacheLayers.append(layer)
            } else {
                cache.content = nil
            }
            content.caches.append(cache)
        }
        for (name, consumed) in attempt.artifacts.sorted(by: { $0.key < $1.key }) {
            switch consumed {
            case .single(let record):
                content.artifacts.append((name, try await trees.tree(record, stop: stop)))
            case .legs(let records):
                for (index, record) in records.enumerated() {
                    guard let record else { continue }
                    content.artifacts.append(
                        ("\(name)/\(index)", try await trees.tree(record, stop: stop)))
                }
            }
        }
        return content
    }

    /// Mounts, writes the runtime's configuration and starts the container. Blocks.
    func launch(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ users: ContainerUsers?,
        _ image: UnpackedImage, _ content: LaidContent, _ services: [Service], _ tools: Tools,
        _ stop: StopFlag
    ) throws -> Container {
        try stop.check()
        let specification = try prepare(attempt, folder, users, image, content)
        let container = Container(
            folder: folder, produces: attempt.produces, caches: content.caches,
            services: services, logLimitBytes: attempt.logLimitBytes,
            places: places(of: attempt, folder),
            shortcomings: RootlessMode.shortcomings(attempt.resources))
        try begin(container, specification, tools, stop)
        return container
    }

    /// Lays out all that the container sees, over what an earlier attempt left where that is
    /// given, and says what it is made of. Blocks.
    func prepare(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ users: ContainerUsers?,
        _ image: UnpackedImage, _ content: LaidContent, over kept: KeptState? = nil
    ) throws -> RuntimeSpecification {
        let resources = try self.resources(attempt.resources)
        try folder.make(bootID: bootID, disk: resources.disk)
        let runtime = try runtime(for: attempt, folder)
        if runtime.sandbox != .standard { try runtime.write(to: folder.runtimeRecordPath) }
        try content.caches.write(to: folder)
        let content = try show(content, in: folder, users)
        let kept = try kept?.mounted(in: folder).shown(in: folder, users)
        try folder.mountRoot(
            lower: image.lowerFolders, layersPath: home.layersPath, above: kept?.upperPath,
            users)
        if let kept { try kept.copyResult(to: folder) }
        let user = try ImageUser.resolve(
            attempt.isolation.user ?? image.configuration.user, root: folder.rootPath)
        let owner = try Owner(of: user, users)
        try mountWork(attempt, folder, content, user, users, owner, over: kept)
        try writeSecrets(attempt, folder, owner)
        let network = AttemptNetwork(folder)
        return RuntimeSpecification(
            arguments: try arguments(attempt.program, image, folder),
            environment: Self.environment(attempt, image, user, hasSource: content.source != nil),
            user: user, rootPath: folder.rootPath, hostName: AttemptNetwork.hostName,
            binds: try binds(attempt, folder, content)
                + (attempt.needsNetwork ? network.binds() : []),
            cgroupPath: Self.cgroupPath(folder.name), resources: resources,
            isolation: attempt.isolation, openFilesLimit: Self.openFilesLimit,
            networkPath: attempt.needsNetwork ? network.namespacePath : nil,
            users: users?.range,
            usersPath: attempt.needsNetwork ? network.ownersPath : nil)
    }

    /// Without these nobody could say what the attempt made.
    func places(of attempt: AttemptRequest, _ folder: AttemptFolder) -> [String] {
        let work =
            attempt.workspace == .own
            ? folder.workUpperPath : SharedWorkspace(attempt.id.run, home: home).contentPath
        return [folder.rootUpperPath, work]
    }

    /// Creates the container and starts it. Blocks.
    func begin(
        _ container: Container, _ specification: RuntimeSpecification, _ tools: Tools,
        _ stop: StopFlag
    ) throws {
        let folder = container.folder
        _ = try write(specification, folder)
        try stop.check()
        try create(folder, tools, logLimitBytes: container.logLimitBytes)
        try stop.check()
        container.watch(conmon: try AttemptFolder.pid(in: folder.conmonPidPath))
        try startContainer(folder, tools)
    }

    /// Lets the program of a container that was created begin. Blocks.
    func startContainer(_ folder: AttemptFolder, _ tools: Tools) throws {
        let runtime = try runtime(of: folder, tools)
        let started: ToolResult
        do {
            started = try Spawning.run(
                runtime.program, runtime.arguments(["start", folder.name]))
        } catch {
            throw InterruptedStart(cause: error)
        }
        guard started.code != 0 else { return }
        // A signal ended the runtime itself. With 128 runsc says that it failed.
        guard started.code <= 128 else {
            throw InterruptedStart(
                cause: ExecutorError.runtime(
                    "'\(runtime.program) start' was ended by signal \(started.code - 128)"))
        }
        guard !started.message.isEmpty else {
            throw ExecutorError.runtime(
                "'\(runtime.program) start' ended with code \(started.code) and said nothing")
        }
        throw runtime.explain(started.message)
    }

    static var openFilesLimit: UInt64 {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return min(UInt64(limit.rlim_max), 1 << 20)
    }

    /// The working folder, and whatever else is the job's user's to change.
    private func mountWork(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ content: LaidContent,
        _ user: ProcessUser, _ users: ContainerUsers?, _ owner: Owner, over kept: KeptState?
    ) throws {
        let isShared = attempt.workspace != .own
        if isShared {
            let workspace = SharedWorkspace(attempt.id.run, home: home)
            try folder.bindWork(try workspace.open(source: content.sharedSource, users))
        } else {
            let left = try kept?.workLayer(for: folder)
            try folder.mountWork(
                lower: [left].compactMap(\.self) + content.cacheLayers
                    + [content.source].compactMap(\.self),
                changesOwner: user.user != 0, users)
        }
        // The source too: a file that is not its own a job could not change. A hardened root is
        // no more than a user where others left theirs.
        if user.user != 0 || (isShared && attempt.isolation.isHardened) {
            try owner.take(tree: folder.workPath)
        }
        if owner.isOther { for path in folder.given { try owner.take(tree: path) } }
        try users?.own(folder.artifactsPath)
    }

    /// Readable for the job's user alone.
    private func writeSecrets(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ owner: Owner
    ) throws {
        guard !attempt.secretFiles.isEmpty else { return }
        try Files.makeFolders(folder.secretsPath, mode: 0o700)
        for (name, secret) in attempt.secretFiles {
            try Files.writeFile(
                "\(folder.secretsPath)/\(name)", secret.reveal().utf8, mode: 0o400)
        }
        try owner.take(tree: folder.secretsPath)
    }

    var runtimeRoot: String { "\(home.runtimePath)/runc" }

    /// An attempt's id is its own in all homes, so there is no group for a home to leave behind.
    static func cgroupPath(_ container: String) -> String { "/slipway/\(container)" }

    /// Has conmon create the container; it tells through a pipe how that went.
    func create(
        _ folder: AttemptFolder, _ tools: Tools, logLimitBytes: Int64,
        limit: Duration = Spawning.limit
    ) throws {
        let deadline = Deadline(after: limit)
        let id = folder.name
        let runtime = try runtime(of: folder, tools)
        let (reading, writing) = try Spawning.pipe()
        let pid: pid_t
        do {
            // Both ends for conmon: it gives up where nobody can read its answer any more.
            let answering = try Files.open("/proc/self/fd/\(writing)", O_RDWR)
            defer { withExtendedLifetime(answering) {} }
            pid = try Spawning.start(
                tools.conmon,
                [
                    "--api-version", "1", "--cid", id, "--cuuid", id, "--name", id,
                    "--bundle", folder.bundlePath, "--full-attach",
                    "--container-pidfile", folder.containerPidPath,
                    "--conmon-pidfile", folder.conmonPidPath, "--exit-dir", folder.exitFolder,
                    "--log-path", "k8s-file:\(folder.rawLogPath)", "--no-sync-log",
                    // Past the limit, so that the reader sees it passed; never a rotating log,
                    // which would throw lines away.
                    "--log-global-size-max", String(logLimitBytes + (1 << 20)),
                    "--log-level", "error",
                ] + runtime.ofMonitor,
                // With the C locale conmon takes no path that is not ASCII.
                environment: ["_OCI_SYNCPIPE=3", "LC_ALL=C.UTF-8"],
                // conmon leaves notes, such as `oom`, where it stands.
                folder: folder.path,
                descriptors: [slipway_descriptor(source: answering.descriptor, target: 3)])
            close(writing)
        } catch {
            close(writing)
            throw error
        }
        let answer: [UInt8]
        let code: Int32
        do {
            answer = try Self.firstLine(of: reading, until: deadline)
            // This process only made the one that stays.
            code = try Spawning.wait(for: pid, tools.conmon, until: deadline)
        } catch {
            // The one that stays has a group of its own, with the runtime that it waits for.
            if let stays = try AttemptFolder.pid(in: folder.conmonPidPath), stays > 1,
                folder.isOurs(stays)
            {
                kill(-stays, SIGKILL)
                kill(stays, SIGKILL)
            }
            throw error
        }
        let json: JSONValue
        do { json = try JSONParser.parse(answer) } catch {
            let said = String(decoding: answer, as: UTF8.self)
            guard !said.isEmpty else {
                throw ExecutorError.runtime(
                    "conmon ended without a word about the container; it, or "
                        + "'\(runtime.program) create', was killed")
            }
            throw ExecutorError.runtime(
                "conmon ended with code \(code) and said \(Quotation(said, limit: 4096))")
        }
        guard let value = (json["data"] ?? json["pid"])?.integerValue, value > 0 else {
            throw Self.explain(json["message"]?.stringValue ?? "no reason given")
        }
    }

    private static func firstLine(
        of file: OpenFile, until deadline: Deadline
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while !bytes.contains(0x0a), bytes.count < 64 << 10, deadline.awaits(file) {
            let piece = try file.read(4096)
            if piece.isEmpty { break }
            bytes += piece
        }
        return Array(bytes.prefix { $0 != 0x0a })
    }

    /// Tells a program that the image lacks, the job's own fault, from a runtime that fails. The
    /// reason is whole, with the program's whole name; it is masked and cut on its way out.
    static func explain(_ message: String) -> ExecutorError {
        let text = RuntimeMessage.text(of: message)
        let reason = Quotation.line(text.utf8, limit: 64 << 10)
        if text.contains("no space left on device") { return .disk(reason) }
        return RuntimeMessage.isAboutProgram(text) ? .program(reason) : .runtime(reason)
    }
}

/// The runtime did not say whether the program has begun: it may have.
struct InterruptedStart: Error {
    let cause: any Error
}
