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
        let given = try OpenFile(nameless: input)
        var (code, printed) = try gather(
            path, arguments, environment: Self.environment + environment, limit: outputLimit,
            time: time
        ) { writing in
            [
                slipway_descriptor(source: given.descriptor, target: 0),
                slipway_descriptor(source: writing, target: 1),
                slipway_descriptor(source: writing, target: 2),
            ]
        }
        while let last = printed.last, last == 0x0a || last == 0x20 { printed.removeLast() }
        return ToolResult(code: code, message: String(decoding: printed, as: UTF8.self))
    }
}
