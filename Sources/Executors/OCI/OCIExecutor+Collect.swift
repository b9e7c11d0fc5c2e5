import Domain
import Glibc
import Storage
import Workflows

extension OCIExecutor {
    private static let resultLimit = 1 << 20

    /// What the container left, once it has ended. Blocks.
    func gather(_ container: Container) throws -> AttemptResult {
        let folder = container.folder
        let ending = try ending(of: container)
        // That may be long ago.
        let endedAt = try container.endedAt() ?? now()
        var artifacts: [String: ArtifactRecord] = [:]
        var problems: [String: String] = [:]
        var uses: [CacheUse] = []
        var reports: [CollectedReport] = []
        var warnings: [String] = []
        if ending.isKnown {
            warnings = try runtime(of: folder).notes + container.shortcomings
            warnings += try container.lostServices.map(Self.warning)
            warnings += container.services.flatMap { service in
                limits(of: service.container.folder).notes(code: nil)
                    .map { "service \(service.name): \($0)" }
            }
            (artifacts, problems) = try collector.collect(
                container.produces, from: folder.workPath, stop: container.stop)
            uses = keepCaches(of: container, isWanted: ending == .exited(code: 0))
            let found = try reportCollector.collect(
                from: folder.reportsPath, stop: container.stop)
            reports = found.reports
            warnings += found.warnings
            // Later jobs count on what this one left there, as events do on logs and blobs.
            let workspace = SharedWorkspace(folder.id.run, home: home)
            if workspace.exists { try Files.syncFileSystem(of: home.workspacesPath) }
        }
        return AttemptResult(
            ending: ending, endedAt: endedAt,
            resultFile: try ending.isKnown ? resultFile(folder) : [],
            artifacts: artifacts, artifactProblems: problems, caches: uses,
            reports: reports, warnings: warnings, mayLackOutput: container.mayLackOutput,
            limits: ending.isKnown ? limits(of: folder) : ReachedLimits())
    }

    private func limits(of folder: AttemptFolder) -> ReachedLimits {
        var limits = ControlGroups.reached(Self.cgroupPath(folder.name))
        limits.disk = folder.reachedDiskLimit
        return limits
    }

    private static func warning(of service: Service) throws -> String {
        let path = service.container.folder.exitPath
        let code =
            Files.exists(path)
            ? " with code " + String(decoding: try Files.readFile(path, limit: 8), as: UTF8.self)
            : ""
        return "service \(service.name) ended\(code) before the job did"
    }

    private func ending(of container: Container) throws -> AttemptResult.Ending {
        let folder = container.folder
        if let loss = try loss(of: container) {
            // The container may still run without anyone to hear it.
            try endContainers(folder)
            return .lost(loss)
        }
        if container.reachedLogLimit { return .logLimit }
        let text = String(decoding: try Files.readFile(folder.exitPath, limit: 64), as: UTF8.self)
        guard let code = Int32(text.prefix { $0.isNumber }) else {
            return .lost("conmon wrote the exit code '\(text)'")
        }
        if code != 0, container.adoption != nil, Files.exists(folder.stoppedPath) {
            return .lost("slipway stopped it, and ended before that was recorded")
        }
        return .exited(code: code)
    }

    /// Why nobody knows how it ended; nil when somebody does.
    private func loss(of container: Container) throws -> String? {
        let folder = container.folder
        if let loss = container.adoption?.loss { return loss }
        guard Files.exists(folder.path) else { return folder.removalText }
        guard Files.exists(folder.exitPath) else {
            let free = try Files.freeBytes(at: folder.path)
            return free < AttemptFolder.leastRoom
                ? StorageError.diskFull(path: folder.path, freeBytes: free).description
                : "conmon ended before the container did"
        }
        return container.places.first { !Files.exists($0) }
            .map { "'\($0)' was removed while it ran" }
    }

    /// The file that the job may have written; one byte past the limit says that it is too long.
    private func resultFile(_ folder: AttemptFolder) throws -> [UInt8] {
        let file = try Files.open(folder.resultPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        guard try file.status().kind == .file else { return [] }
        var bytes: [UInt8] = []
        while bytes.count <= Self.resultLimit {
            let piece = try file.read(Self.resultLimit + 1 - bytes.count)
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    /// Ends what still runs of an attempt and removes all of it. Blocks. What cannot be removed
    /// now is told, and found again by the next look for `leftovers`.
    ///
    /// `endsTools`: it was begun by a process that is gone, so programs that create its containers
    /// may be under way still.
    func cleanUp(_ folder: AttemptFolder, endsTools: Bool = false) {
        do {
            // By name, through the runtime: a pid that was written down may be a stranger's.
            if endsTools, try folder.isHalfCreated { try endTools(of: folder) }
            try remove(folder)
        } catch {
            // Another command may have cleared it away at the same time.
            guard folder.exists || isKnownToRuntime(folder) else { return }
            warn("attempt \(folder.id) could not be removed: \(error)")
        }
    }

    func isKnownToRuntime(_ folder: AttemptFolder) -> Bool {
        runtimeRoots.contains { Files.exists("\($0)/\(folder.name)") }
    }

    /// Blocks.
    func remove(_ folder: AttemptFolder) throws {
        try endContainers(folder)
        try AttemptNetwork(folder).remove()
        let range = try UserRange(writtenAt: folder.usersPath)
        try folder.remove()
        try ranges.release(range, of: folder.name)
    }

    /// Ends the containers of an attempt and takes them from the runtime. Blocks.
    func endContainers(_ folder: AttemptFolder) throws {
        for (name, runtime) in try containers(of: folder) { try runtime.remove(name) }
    }
}

extension AttemptResult.Ending {
    var isKnown: Bool { if case .lost = self { false } else { true } }
}
