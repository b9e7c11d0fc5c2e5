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
        let endedAt = now()
        var artifacts: [String: ArtifactRecord] = [:]
        var problems: [String: String] = [:]
        var uses: [CacheUse] = []
        var reports: [CollectedReport] = []
        var warnings = try container.lostServices.map(Self.warning)
        if case .lost = ending {
        } else {
            (artifacts, problems) = try collector.collect(
                container.produces, from: folder.workPath, stop: container.stop)
            uses = keepCaches(of: container, isWanted: ending == .exited(code: 0))
            let found = try reportCollector.collect(
                from: folder.reportsPath, stop: container.stop)
            reports = found.reports
            warnings += found.warnings
        }
        return AttemptResult(
            ending: ending, endedAt: endedAt, resultFile: try resultFile(folder),
            artifacts: artifacts, artifactProblems: problems, caches: uses,
            reports: reports, warnings: warnings)
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
        guard Files.exists(folder.exitPath) else {
            // The container may still run without anyone to hear it: `cleanUp` ends it.
            container.signal(SIGKILL)
            let isFull = try Files.freeBytes(at: folder.path) < 1 << 20
            return .lost(
                isFull
                    ? "no space is left on the disk that holds '\(folder.path)'"
                    : "conmon ended before the container did")
        }
        if container.reachedLogLimit { return .logLimit }
        let text = String(decoding: try Files.readFile(folder.exitPath, limit: 64), as: UTF8.self)
        guard let code = Int32(text.prefix { $0.isNumber }) else {
            return .lost("conmon wrote the exit code '\(text)'")
        }
        if code != 0,
            ControlGroups.memoryKills(Self.cgroupPath(folder.name)) > 0
        {
            return .killed(signal: SIGKILL, outOfMemory: true)
        }
        return .exited(code: code)
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

    /// The names that the runtime knows of an attempt and its services.
    private func containers(of folder: AttemptFolder) throws -> [String] {
        // Also where the folder is gone, which tells of the services.
        let names =
            Files.exists(folder.path)
            ? [folder.name] + (try folder.services().map(\.name))
            : Files.exists(runtimeRoot)
                ? try Files.list(runtimeRoot).filter { Self.attempt(named: $0) == folder.id } : []
        return names.filter { Files.exists("\(runtimeRoot)/\($0)") }
    }

    /// Ends what still runs of an attempt and removes all of it. Blocks. What cannot be removed
    /// now is told, and found again by the next look for `leftovers`.
    func cleanUp(_ folder: AttemptFolder) {
        do {
            try endContainers(of: folder)
            try folder.remove()
        } catch {
            warn("attempt \(folder.id) could not be removed: \(error)")
        }
    }

    /// Ends its containers and takes its network away. Blocks.
    func endContainers(of folder: AttemptFolder) throws {
        if let runtime = Spawning.path(of: "runc") ?? Spawning.path(of: "crun") {
            for name in try containers(of: folder) {
                _ = try Spawning.run(
                    runtime, ["--root", runtimeRoot, "delete", "--force", name])
            }
        }
        try AttemptNetwork(folder).remove()
    }
}
