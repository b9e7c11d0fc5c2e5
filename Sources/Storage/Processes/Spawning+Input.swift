import CLinux
import Glibc

extension Spawning {
    /// Runs a program that reads `input` from standard input, and keeps what it prints on both
    /// other streams together. Blocks. One that takes longer than `time`, or prints more than
    /// `outputLimit` bytes, is killed with what it started, which is an error.
    ///
    /// The input lies in a nameless file, so that a program that reads none of it hinders nobody.
    package static func run(
        _ path: String, _ arguments: [String], input: [UInt8], environment: [String],
        outputLimit: Int, time: Duration
    ) throws -> ToolResult {
        let deadline = Deadline(after: time)
        let nameless = slipway_memory_file()
        guard nameless >= 0 else { throw Files.failure("make", "a nameless file") }
        let given = OpenFile(descriptor: nameless, path: "what \(path) reads")
        try given.write(input)
        try given.seek(to: 0)
        let (reading, writing) = try pipe()
        let pid: pid_t
        do {
            pid = try start(
                path, arguments, environment: environment,
                descriptors: [
                    slipway_descriptor(source: given.descriptor, target: 0),
                    slipway_descriptor(source: writing, target: 1),
                    slipway_descriptor(source: writing, target: 2),
                ])
            close(writing)
        } catch {
            close(writing)
            throw error
        }
        var printed: [UInt8] = []
        while printed.count <= outputLimit, deadline.awaits(reading) {
            let piece = try reading.read(4096)
            if piece.isEmpty { break }
            printed += piece
        }
        guard printed.count <= outputLimit else {
            end(pid)
            throw StorageError.tooLarge(what: "what \(path) prints", limit: Int64(outputLimit))
        }
        let code = try wait(for: pid, path, until: deadline)
        while let last = printed.last, last == 0x0a || last == 0x20 { printed.removeLast() }
        return ToolResult(code: code, message: String(decoding: printed, as: UTF8.self))
    }
}
