import Domain
import Storage
package import Workflows

/// A command that may enter a container, ready to begin.
package struct PreparedEntrance: Sendable {
    fileprivate let folder: AttemptFolder
    fileprivate let runtime: SandboxRuntime
    fileprivate let process: EnteringProcess
}

extension OCIExecutor {
    private static let bundleLimit = 16 << 20

    /// Checks that a command may run in the container of an attempt, or in that of one of its
    /// services (by its place in the job): as what that container runs itself, or as somebody who
    /// may less. Nothing begins yet.
    package func prepareEntrance(
        _ id: AttemptID, service: Int?, _ command: SessionCommand
    ) async throws(ExecutorError) -> PreparedEntrance {
        do {
            return try await starters.run { try self.prepare(id, service, command) }
        } catch {
            throw Self.translate(error)
        }
    }

    private func prepare(
        _ id: AttemptID, _ service: Int?, _ command: SessionCommand
    ) throws -> PreparedEntrance {
        let attempt = AttemptFolder(id, home: home)
        let folder = service.map { AttemptFolder(service: $0, of: attempt) } ?? attempt
        let bundle = "\(folder.bundlePath)/config.json"
        guard Files.exists(bundle), !Files.exists(folder.exitPath) else { throw Self.hasEnded }
        let configuration = try JSONParser.parse(
            try Files.readFile(bundle, limit: Self.bundleLimit))
        let user = try command.user.map { try ImageUser.resolve($0, root: folder.rootPath) }
        return PreparedEntrance(
            folder: folder, runtime: try runtime(of: folder),
            process: try EnteringProcess(configuration["process"] ?? .null, command, as: user))
    }

    /// Runs the command to its end and gives its exit code. Whoever calls has had it recorded that
    /// the attempt is entered.
    package func enter(
        _ entrance: PreparedEntrance, _ process: ForegroundProcess
    ) async throws(ExecutorError) -> Int32 {
        do {
            return try await starters.run {
                try process.run(
                    entrance.runtime,
                    ["exec", "--process", ForegroundProcess.givenPath, entrance.folder.name],
                    as: entrance.process.json, given: entrance.process.json.canonicalBytes)
            }
        } catch {
            // It ended between the two looks.
            let folder = entrance.folder
            if Files.exists(folder.exitPath) || !Files.exists(folder.path) { throw Self.hasEnded }
            throw Self.translate(error)
        }
    }

    private static var hasEnded: ExecutorError { .runtime("the container has just ended") }
}
