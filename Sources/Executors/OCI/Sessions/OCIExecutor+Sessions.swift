import Domain
import Storage
package import Workflows

extension OCIExecutor {
    /// Lays out an attempt as if it were to run, and runs a command of a person in its place, with
    /// the streams of this process: same image, user, variables, folders, network and limits. Gives
    /// the command's exit code; nothing of it stays. `ready` is called when all is laid out.
    ///
    /// With `kept` it sees what that attempt left; what is changed goes with this one.
    package func open(
        _ attempt: AttemptRequest, over kept: KeptState?, _ command: SessionCommand,
        _ process: ForegroundProcess, ready: @Sendable @escaping () -> Void
    ) async throws(ExecutorError) -> Int32 {
        let folder = AttemptFolder(attempt.id, home: home)
        let stop = process.stop
        do {
            let tools = try self.tools()
            let runtime = try runtime(for: attempt, folder)
            let gate = try kept?.hold()
            defer { withExtendedLifetime(gate) {} }
            let holds = try await starters.run { try self.hold(for: attempt) }
            defer { withExtendedLifetime(holds) {} }
            let image = try await layers.image(attempt.image, stop: stop)
            let content = try await lay(attempt, stop)
            if kept != nil, let lost = content.lostCache(of: attempt) {
                throw ExecutorError.storage(
                    "what is kept lies over the cache '\(lost)', which was removed since")
            }
            let users = try await starters.run { try self.users(of: attempt, folder) }
            try await makeNetwork(attempt, folder, users, stop)
            _ = try await startServices(attempt, folder, users, tools, stop)
            let code = try await starters.run {
                try stop.check()
                var specification = try self.prepare(
                    attempt, folder, users, image, content, over: kept)
                try self.addProgram(to: &specification, folder)
                specification.arguments = command.arguments
                specification.environment = command.environment(over: specification.environment)
                specification.hasTerminal = command.terminal != nil
                let configuration = try self.write(specification, folder)
                let warn = self.warn
                process.forceEnd {
                    do {
                        _ = try Spawning.run(
                            runtime.program, runtime.arguments(["kill", folder.name, "KILL"]))
                    } catch { warn("\(folder.name) could not be ended: \(error)") }
                }
                ready()
                return try process.run(
                    runtime, ["run", "--bundle", folder.bundlePath, folder.name],
                    as: configuration["process"] ?? .null)
            }
            await discard(attempt.id)
            return code
        } catch {
            await discard(attempt.id)
            throw Self.translate(error)
        }
    }

    /// The job's own program as a script, so that a person can run it.
    private func addProgram(
        to specification: inout RuntimeSpecification, _ folder: AttemptFolder
    ) throws {
        let words = specification.arguments.map(ShellWord.quoted).joined(separator: " ")
        let path = "\(folder.path)/command"
        try Files.writeFile(path, "#!/bin/sh\nexec \(words) \"$@\"\n".utf8, mode: 0o755)
        specification.binds.append(
            Bind(source: path, target: ContainerPaths.command, isWritable: false))
    }
}

extension LaidContent {
    /// The key of a cache that the attempt began with and that is not here any more.
    func lostCache(of attempt: AttemptRequest) -> String? {
        zip(attempt.caches, caches).first { $0.0.content != nil && $0.1.content == nil }?.0.key
    }
}
