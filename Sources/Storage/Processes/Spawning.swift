package import CLinux
import Glibc

/// How a tool ended, and what it said.
package struct ToolResult: Sendable {
    package let code: Int32
    /// Standard error, cut at 16 KiB, without the line's end.
    package let message: String
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

    package static func start(
        _ path: String, _ arguments: [String], environment extra: [String] = [],
        folder: String? = nil, descriptors: [slipway_descriptor] = []
    ) throws -> pid_t {
        let pid = unsafe withCStrings([path] + arguments) { argv in
            unsafe withCStrings(environment + extra) { envp in
                unsafe slipway_spawn(
                    path, argv, envp, folder, descriptors, Int32(descriptors.count), 1)
            }
        }
        guard pid > 0 else {
            throw StorageError.system(operation: "start", path: path, errno: errno)
        }
        return pid
    }

    /// Runs a tool to its end. Blocks; belongs on an I/O thread.
    package static func run(_ path: String, _ arguments: [String]) throws -> ToolResult {
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
        let message = try readAll(reading)
        return ToolResult(code: slipway_wait(pid), message: message)
    }

    /// Runs a tool to its end and keeps what it prints, at most `limit` bytes of it. Blocks.
    ///
    /// Its complaints go through a nameless file, so that neither stream can fill up unread.
    package static func capture(
        _ path: String, _ arguments: [String], environment: [String] = [], limit: Int
    ) throws -> (result: ToolResult, output: [UInt8]) {
        let nameless = slipway_memory_file()
        guard nameless >= 0 else { throw Files.failure("make", "a nameless file") }
        let complaints = OpenFile(descriptor: nameless, path: "what \(path) complains of")
        let (reading, writing) = try pipe()
        let pid: pid_t
        do {
            pid = try start(
                path, arguments, environment: environment,
                descriptors: [
                    slipway_descriptor(source: writing, target: 1),
                    slipway_descriptor(source: complaints.descriptor, target: 2),
                ])
            close(writing)
        } catch {
            close(writing)
            throw error
        }
        var output: [UInt8] = []
        while output.count <= limit {
            let piece = try reading.read(1 << 16)
            if piece.isEmpty { break }
            output += piece
        }
        guard output.count <= limit else {
            kill(pid, SIGKILL)
            _ = slipway_wait(pid)
            throw StorageError.tooLarge(what: "what \(path) prints", limit: Int64(limit))
        }
        let code = slipway_wait(pid)
        try complaints.seek(to: 0)
        return (ToolResult(code: code, message: try readAll(complaints)), output)
    }

    /// The writing end is the caller's to close, since readers see an end only after that.
    package static func pipe() throws -> (reading: OpenFile, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe slipway_pipe(&ends) == 0 else {
            throw StorageError.system(operation: "pipe", path: "", errno: errno)
        }
        return (OpenFile(descriptor: ends[0], path: "pipe"), ends[1])
    }

    package static func readAll(_ file: OpenFile) throws -> String {
        var bytes: [UInt8] = []
        while true {
            let piece = try file.read(4096)
            if piece.isEmpty { break }
            if bytes.count < 16 << 10 { bytes += piece }
        }
        while let last = bytes.last, last == 0x0a || last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func withCStrings<Result>(
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
