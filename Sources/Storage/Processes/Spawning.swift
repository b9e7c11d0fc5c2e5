package import CLinux
import Domain
import Glibc

/// How a tool ended, and what it said.
package struct ToolResult: Sendable {
    package let code: Int32
    /// Standard error without the last line's end: all of it, or the whole lines of its first
    /// 64 KiB, since half a line may end in half a secret.
    package let message: String

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }
}

/// Starts programs directly: no shell, a session of their own, nothing inherited but what is said.
package enum Spawning {
    /// A small, fixed environment: nothing of ours leaks into the runtime.
    package static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    ]

    /// Where a program of this machine lies; the caller's own PATH is not asked.
    package static func path(of name: String) -> String? {
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .map { "\($0)/\(name)" }.first(where: Files.isExecutable)
    }

    /// The environment is `base` with `extra`. With `staysInSession` it belongs to this process'
    /// own session and group, as what a terminal has in its foreground must.
    package static func start(
        _ path: String, _ arguments: [String], environment extra: [String] = [],
        over base: [String] = environment, folder: String? = nil,
        descriptors: [slipway_descriptor] = [], staysInSession: Bool = false
    ) throws -> pid_t {
        let pid = unsafe withCStrings([path] + arguments) { argv in
            unsafe withCStrings(base + extra) { envp in
                unsafe slipway_spawn(
                    path, argv, envp, folder, descriptors, Int32(descriptors.count),
                    staysInSession ? 0 : 1, needsRoot(path) ? 0 : 1)
            }
        }
        guard pid > 0 else {
            throw StorageError.system(operation: "start", path: path, errno: errno)
        }
        return pid
    }

    /// Programs that work on containers stay root of an ordinary user's namespaces, and so do this
    /// one and Git, which is lent files of this process; to all others that user is who they are
    /// (docs/decisions/0029).
    private static func needsRoot(_ path: String) -> Bool {
        let name = PathText.name(of: path)
        return ["conmon", "runc", "crun", "git", "exe"].contains(name)
    }

    /// How long a tool may take.
    package static let limit = Duration.seconds(30)

    /// Runs a tool to its end. Blocks; belongs on an I/O thread. One that takes longer than
    /// `limit` is killed, which is an error.
    package static func run(
        _ path: String, _ arguments: [String], limit: Duration = limit
    ) throws -> ToolResult {
        let deadline = Deadline(after: limit)
        let (reading, writing) = try pipe()
        let pid: pid_t
        do {
            pid = try start(
                path, arguments, descriptors: [slipway_descriptor(source: writing, target: 2)])
            close(writing)
        } catch {
            close(writing)
            throw error
        }
        let message = try readAll(reading, until: deadline)
        return ToolResult(code: try wait(for: pid, path, until: deadline), message: message)
    }

    /// Runs a tool to its end, with `input` to read, and keeps what it prints, at most `limit`
    /// bytes of it. Blocks. One that takes longer than `time` is killed, which is an error.
    ///
    /// Its complaints go through a nameless file, so that neither stream can fill up unread.
    /// `descriptors`: what it inherits beside these streams.
    package static func capture(
        _ path: String, _ arguments: [String], environment: [String] = [],
        over base: [String] = environment, input: [UInt8] = [],
        descriptors: [slipway_descriptor] = [], limit: Int, time: Duration = limit
    ) throws -> (result: ToolResult, output: [UInt8]) {
        let given = try OpenFile(nameless: input)
        let complaints = try OpenFile(nameless: [])
        let (code, output) = try gather(
            path, arguments, environment: base + environment, limit: limit, time: time
        ) { writing in
            [
                slipway_descriptor(source: given.descriptor, target: 0),
                slipway_descriptor(source: writing, target: 1),
                slipway_descriptor(source: complaints.descriptor, target: 2),
            ] + descriptors
        }
        try complaints.seek(to: 0)
        return (ToolResult(code: code, message: try readAll(complaints)), output)
    }

    /// Runs a program to its end and keeps what it writes into a pipe, whose end `descriptors`
    /// gives to it. Past `time`, or `limit` bytes, it is killed with what it started.
    static func gather(
        _ path: String, _ arguments: [String], environment: [String], limit: Int,
        time: Duration, _ descriptors: (_ writing: Int32) -> [slipway_descriptor]
    ) throws -> (code: Int32, output: [UInt8]) {
        let deadline = Deadline(after: time)
        let (reading, writing) = try pipe()
        let pid: pid_t
        do {
            defer { close(writing) }
            pid = try start(
                path, arguments, over: environment, descriptors: descriptors(writing))
        }
        var output: [UInt8] = []
        while output.count <= limit, deadline.awaits(reading) {
            let piece = try reading.read(1 << 16)
            if piece.isEmpty { break }
            output += piece
        }
        guard output.count <= limit else {
            end(pid)
            throw StorageError.tooLarge(what: "what \(path) prints", limit: Int64(limit))
        }
        return (try wait(for: pid, path, until: deadline), output)
    }

    /// The exit code of a program that was started; past the deadline it is killed, with what it
    /// started itself.
    package static func wait(
        for pid: pid_t, _ path: String, until deadline: Deadline
    ) throws -> Int32 {
        let descriptor = slipway_pidfd(pid)
        guard descriptor >= 0 else { throw Files.failure("watch", path) }
        let file = OpenFile(descriptor: descriptor, path: path)
        guard !deadline.isOver, deadline.awaits(file) else {
            end(pid)
            throw StorageError.timedOut(what: path, limit: deadline.limit)
        }
        return slipway_wait(pid)
    }

    /// Kills a program that was started, with all of its session's group.
    static func end(_ pid: pid_t) {
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        _ = slipway_wait(pid)
    }

    /// The writing end is the caller's to close, since readers see an end only after that.
    package static func pipe() throws -> (reading: OpenFile, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe slipway_pipe(&ends) == 0 else {
            throw StorageError.system(operation: "pipe", path: "", errno: errno)
        }
        return (OpenFile(descriptor: ends[0], path: "pipe"), ends[1])
    }

    private static let messageLimit = 64 << 10

    /// To the end, or to the deadline; keeps what `ToolResult.message` says.
    private static func readAll(
        _ file: OpenFile, until deadline: Deadline? = nil
    ) throws -> String {
        var bytes: [UInt8] = []
        var isCut = false
        while deadline?.awaits(file) ?? true {
            let piece = try file.read(4096)
            if piece.isEmpty { break }
            let room = messageLimit - bytes.count
            isCut = isCut || piece.count > room
            bytes += piece.prefix(room)
        }
        if isCut {
            guard let end = bytes.lastIndex(of: 0x0a) else {
                return "a line of more than \(messageLimit) bytes"
            }
            bytes.removeSubrange(end...)
        }
        while let last = bytes.last, last == 0x0a || last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Strings of C, the last one nil, for as long as `body` runs.
    package static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeBufferPointer { buffer in
            // The array ends with nil, so it is never empty.
            unsafe body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
