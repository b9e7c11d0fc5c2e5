import CLinux
import Glibc
import Storage

/// How a tool ended, and what it said.
struct ToolResult: Sendable {
    let code: Int32
    /// Standard error, cut at 16 KiB, without the line's end.
    let message: String
}

/// Starts programs directly: no shell, a session of their own, nothing inherited but what is said.
enum Spawning {
    /// A small, fixed environment: nothing of ours leaks into the runtime.
    static let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    static func start(
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
    static func run(_ path: String, _ arguments: [String]) throws -> ToolResult {
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

    /// The writing end is the caller's to close, since readers see an end only after that.
    static func pipe() throws -> (reading: OpenFile, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe slipway_pipe(&ends) == 0 else {
            throw StorageError.system(operation: "pipe", path: "", errno: errno)
        }
        return (OpenFile(descriptor: ends[0], path: "pipe"), ends[1])
    }

    static func readAll(_ file: OpenFile) throws -> String {
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
