import CLinux
import Dispatch
import Domain
import Glibc
import Storage

/// The door of a run that this process advances: a Unix socket for its user alone.
final class ControlSocket: Sendable {
    private let listener: Int32
    private let path: String
    private let thread = DispatchQueue(label: "slipway.control")

    /// Seconds that a caller may take to say what it wants.
    private static let patienceSeconds: Int32 = 5
    private static let answerSeconds: Int32 = 15
    /// How long it may take until what a caller wants is recorded: on a busy machine, seconds.
    static let answerLimit = Duration.seconds(answerSeconds)
    /// Seconds that a caller waits for an answer: longer than that may take, or it would hear of an
    /// error while what it wants is being recorded. By the patience, since one who says nothing may
    /// stand before it.
    private static let callSeconds = answerSeconds + patienceSeconds

    /// Listens until `close`; `receive` is called on a thread of its own, and gives the answer.
    init(
        _ run: RunID, in folder: String,
        receive: @escaping @Sendable (ControlMessage) -> ControlAnswer
    ) throws {
        path = Self.path(run, folder)
        try Self.removeAbandoned(run, in: folder)
        let directory = try Files.open(folder, O_RDONLY | O_DIRECTORY)
        // A socket's address holds 107 bytes: a long home is reached by its descriptor.
        listener = unsafe slipway_socket_listen(Self.address(run, directory))
        guard listener >= 0 else {
            throw RunsError.control("'\(path)': \(Files.text(ofError: errno))")
        }
        let listener = listener
        thread.async { Self.serve(listener, receive) }
    }

    /// Takes no more callers, and lets the name go.
    func close() {
        slipway_socket_stop(listener)
        thread.sync {}
        Glibc.close(listener)
        unsafe unlink(path)
    }

    /// For whoever holds the run's lock: who made the one that may stand there is gone.
    static func removeAbandoned(_ run: RunID, in folder: String) throws {
        try Files.remove(path(run, folder))
    }

    private static func path(_ run: RunID, _ folder: String) -> String {
        "\(folder)/\(run.text).sock"
    }

    private static func address(_ run: RunID, _ folder: OpenFile) -> String {
        "/proc/self/fd/\(folder.descriptor)/\(run.text).sock"
    }

    private static func serve(_ listener: Int32, _ receive: (ControlMessage) -> ControlAnswer) {
        while true {
            let descriptor = slipway_socket_accept(listener, patienceSeconds)
            if descriptor < 0 {
                // A stranger was turned away, or descriptors ran short for a moment; anything
                // else means that the listener was stopped.
                if errno == EPERM || errno == EMFILE || errno == ENFILE { continue }
                return
            }
            let caller = OpenFile(descriptor: descriptor, path: "control socket")
            do {
                let answer: JSONValue
                if let message = ControlMessage(line: try line(of: caller)) {
                    answer = receive(message).json
                } else {
                    answer = ["ok": false, "error": "not a message that this version knows"]
                }
                try caller.write(answer.canonicalBytes + [0x0a])
            } catch {
                // The caller went away or dawdled: that is its own affair.
            }
        }
    }

    private static func line(of file: OpenFile) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while !bytes.contains(0x0a), bytes.count <= ControlMessage.sizeLimit {
            let piece = try file.read(4096)
            if piece.isEmpty { break }
            bytes += piece
        }
        return Array(bytes.prefix { $0 != 0x0a })
    }

    /// Whether the process that advances the run took the message; false when nobody listens.
    /// Blocks, for seconds at most.
    static func send(_ message: ControlMessage, to run: RunID, in folder: String) throws -> Bool {
        let directory = try Files.open(folder, O_RDONLY | O_DIRECTORY)
        let descriptor = unsafe slipway_socket_connect(address(run, directory), callSeconds)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ECONNREFUSED { return false }
            throw RunsError.control("run \(run): \(Files.text(ofError: errno))")
        }
        let socket = OpenFile(descriptor: descriptor, path: "control socket of run \(run)")
        let line: [UInt8]
        do {
            try socket.write(message.json.canonicalBytes + [0x0a])
            line = try self.line(of: socket)
        } catch StorageError.system(_, _, let code) where code == ECONNRESET || code == EPIPE {
            return false
        }
        // It ended while it was asked, and took nothing that is not recorded.
        if line.isEmpty { return false }
        let answer = try JSONParser.parse(line)
        if let why = answer["refused"]?.stringValue { throw RunsError.refused(run, why) }
        if let why = answer["not-allowed"]?.stringValue { throw RunsError.notAllowed(why) }
        if let why = answer["unstored"]?.stringValue { throw RunsError.unstored(RunName(run), why) }
        if answer["busy"]?.booleanValue == true { throw RunsError.busy(RunName(run)) }
        if answer["departing"]?.booleanValue == true { throw RunsError.departing(RunName(run)) }
        guard answer["ok"]?.booleanValue == true else {
            throw RunsError.control(answer["error"]?.stringValue ?? "no answer")
        }
        return true
    }
}
