import ArgumentParser
import CLinux
import Domain
import Executors
import Glibc
import Runs
import Storage
import Workflows

/// Gives a run to a process of its own, so that this one can leave (docs/decisions/0017).
struct HandOver: Sendable {
    let services: HomeServices
    let run: OwnedRun
    let reporter: any ProgressReporter
    let looksUpMemos: Bool
    let keepsFailed: Bool

    /// How long the new process may take until it is ready.
    private static let patience = Duration.seconds(10)

    /// Does not return when the run was given away: this process ends. Returns when the run has
    /// ended meanwhile. After an error the run goes on here.
    func leave(_ departure: Departure) async throws {
        guard await departure.request() else { return }
        let isPaused: Bool
        do {
            // A run that waits for people needs no process.
            isPaused = try await services.runs.load(run.id).state.phase == .paused
            if !isPaused { try await IOPool.shared.run { try start() } }
        } catch {
            departure.revoke()
            throw error
        }
        await services.executor.settle()
        reporter.stop()
        Console.error(
            isPaused
                ? "run \(run.number) waits: slipway approve \(run.number) (or reject), then "
                    + "slipway resume \(run.number)"
                : "run \(run.number) goes on without this terminal: slipway logs -f \(run.number), "
                    + "slipway top, slipway cancel \(run.number)")
        _exit(ExitStatus.stillRunning.rawValue)
    }

    /// Starts the new process and waits until it is ready to take the run's lock. Blocks.
    private func start() throws {
        let given = try GivenRun(secrets: run.secrets, slots: run.slots).file()
        let (reading, writing) = try Spawning.pipe()
        let pid: pid_t
        do {
            defer { close(writing) }
            pid = try withExtendedLifetime(given) {
                try Spawning.start(
                    "/proc/self/exe",
                    ["resume", run.id.text, "--progress", "quiet", "--handed-over"]
                        + (looksUpMemos ? [] : ["--no-cache"])
                        + (keepsFailed ? ["--keep-failed"] : []),
                    environment: environment,
                    descriptors: [
                        slipway_descriptor(
                            source: given.descriptor, target: GivenRun.contentDescriptor),
                        slipway_descriptor(source: writing, target: GivenRun.readyDescriptor),
                    ])
            }
        }
        guard Deadline(after: Self.patience).awaits(reading), try !reading.read(16).isEmpty else {
            kill(pid, SIGKILL)
            _ = slipway_wait(pid)
            throw CommandFailure(
                message: "the run stays here: the process that should carry it on did not start",
                status: ExitStatus.errored)
        }
    }

    private var environment: [String] {
        var words = ["SLIPWAY_HOME=\(services.home.path)"]
        // A called workflow may fetch a source yet.
        for name in ["HOME", "XDG_DATA_HOME", "LANG", Rootless.variable] + GitNetwork.variables {
            if let value = Console.environment(name) { words.append("\(name)=\(value)") }
        }
        return words
    }
}

/// What the process that takes over a run needs and cannot find in the home.
struct GivenRun {
    let secrets: [String: Secret]
    let slots: Int

    /// Descriptors of the process that takes over.
    static let contentDescriptor: Int32 = 3
    static let readyDescriptor: Int32 = 4

    private static let sizeLimit = 64 << 20
    /// How long the process before may take to end.
    private static let patience = Duration.seconds(60)

    /// In memory, without a name, and sealed.
    func file() throws -> OpenFile {
        let bytes = json.canonicalBytes
        let descriptor = unsafe bytes.withUnsafeBytes { buffer in
            unsafe slipway_sealed_file(buffer.baseAddress, buffer.count)
        }
        guard descriptor >= 0 else { throw Files.failure("make", "a file in memory") }
        return OpenFile(descriptor: descriptor, path: "a file in memory")
    }

    private var json: JSONValue {
        [
            "slots": .integer(Int64(slots)),
            "secrets": .object(secrets.mapValues { .string($0.reveal()) }),
        ]
    }

    /// Reads what this process was given, once.
    static func receive() throws -> GivenRun {
        guard slipway_is_sealed(contentDescriptor) == 1 else {
            throw CommandFailure(
                message: "--handed-over is for slipway itself; expected: slipway resume RUN",
                status: ExitStatus.usage)
        }
        return try GivenRun(
            reading: OpenFile(descriptor: contentDescriptor, path: "what was handed over"))
    }

    init(secrets: [String: Secret], slots: Int) {
        self.secrets = secrets
        self.slots = slots
    }

    /// Reads a file that `file` made.
    init(reading file: OpenFile) throws {
        let json = try JSONParser.parse(try file.readAll(limit: Self.sizeLimit))
        guard let slots = json["slots"]?.integerValue, (1...100_000).contains(slots),
            let members = json["secrets"]?.objectValue
        else {
            throw CommandFailure(
                message: "what was handed over cannot be read", status: ExitStatus.errored)
        }
        self.slots = Int(slots)
        secrets = members.compactMapValues { $0.stringValue.map(Secret.init) }
    }

    /// Tells the process before that this one is ready; it ends then.
    static func confirm() throws {
        try OpenFile(descriptor: readyDescriptor, path: "the process that hands over")
            .write(Array("ready\n".utf8))
    }

    /// Takes the run when the process before has let go of it.
    func open(_ id: RunID, _ services: HomeServices) async throws -> OwnedRun {
        let deadline = Deadline(after: Self.patience)
        while true {
            do {
                return try await services.runs.open(id, secrets: secrets, slots: slots)
            } catch RunsError.ownedByAnother where !deadline.isOver {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
