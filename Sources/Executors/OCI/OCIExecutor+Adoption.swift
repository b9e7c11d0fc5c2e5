import Domain
import Glibc
import Storage
package import Workflows

/// Finding attempts that an earlier process began (docs/decisions/0019).
extension OCIExecutor {
    /// Of this machine, as the kernel tells it.
    package static var bootOfThisMachine: String {
        do {
            let bytes = try Files.readFile("/proc/sys/kernel/random/boot_id", limit: 64)
            return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        } catch {
            // Without /proc no container runs here, which is told where one is started.
            return ""
        }
    }

    /// How long tools of a killed process may take to end.
    private static let settling = Duration.seconds(10)

    package func adopt(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle? {
        let stop = attempts.begin(attempt.id)
        do {
            let container = try await starters.run { try self.find(attempt) }
            guard let container else {
                // It was told to stop while it was looked for: it must not begin anew.
                if stop.isRaised { throw ExecutorError.cancelled }
                attempts.abandon(attempt.id)
                return nil
            }
            if attempts.add(container) { container.leave() }
            if stop.isRaised { container.kill() }
            return AttemptHandle(id: attempt.id, startedAt: try container.beganAt())
        } catch {
            attempts.abandon(attempt.id)
            throw Self.translate(error)
        }
    }

    /// Nil when the program of the attempt was never started; then nothing of it is left. Blocks.
    private func find(_ attempt: AttemptRequest) throws -> Container? {
        let folder = AttemptFolder(attempt.id, home: home)
        try awaitStarts(folder)
        let trace = try AttemptTrace(
            of: folder, runtime: try runtime(of: folder), bootID: bootID)
        if case .unbegun = trace {
            let names = [folder.name] + (try folder.services().map(\.name))
            try endTools(of: folder)
            try remove(folder)
            // One that was killed just now may stand in the group still that the next one gets;
            // a copy of this home may have attempts of the same names, which go on.
            for name in names where try !isKnownAtHome(name) {
                try ControlGroups.clear(name)
            }
            return nil
        }
        let monitor = trace.monitor
        if monitor != nil { try finishStart(folder) }
        // Services are never signalled by pids of another time.
        let services = try adoptServices(attempt, folder, isSameBoot: trace.isSameBoot)
        let container = Container(
            folder: folder, produces: attempt.produces,
            caches: try attempt.caches.restored(in: folder), services: services,
            logLimitBytes: attempt.logLimitBytes,
            places: places(of: attempt, folder),
            shortcomings: RootlessMode.shortcomings(attempt.resources), adoption: trace)
        container.watch(conmon: monitor)
        return container
    }

    private func waitsForStart(_ folder: AttemptFolder) throws -> Bool {
        try runtime(of: folder).isWaiting(folder.name)
    }

    /// The start of a container may be under way still, without anyone who waits for it.
    private func awaitStarts(_ folder: AttemptFolder) throws {
        let processes = AttemptProcesses(folder, try runtime(of: folder))
        let deadline = Deadline(after: Self.settling)
        while try waitsForStart(folder), try processes.areStarting(), !deadline.isOver {
            usleep(10_000)
        }
    }

    /// A process that was killed between creating a container and starting it leaves one that
    /// waits.
    private func finishStart(_ folder: AttemptFolder) throws {
        if try waitsForStart(folder) { try startContainer(folder, try tools()) }
    }

    /// Ends programs that a killed process had begun in order to create the attempt's containers.
    /// Blocks.
    func endTools(of folder: AttemptFolder) throws {
        let processes = AttemptProcesses(folder, try runtime(of: folder))
        let deadline = Deadline(after: Self.settling)
        // One that is killed may have just begun another.
        while try processes.kill() {
            guard !deadline.isOver else {
                throw ExecutorError.runtime("what creates the attempt does not end when killed")
            }
            usleep(5_000)
        }
    }
}
