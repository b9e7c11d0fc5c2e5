import CLinux
import Glibc
import Storage

/// How a program ended and what it printed.
package struct ProgramResult: Sendable {
    package let code: Int32
    package let output: String
    package let error: String
}

/// A program that runs beside the test, with its streams in files.
package final class Program: Sendable {
    package let pid: Int32
    private let folder: String

    /// Starts it in a session of its own, with just the given environment beside PATH.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        folder workingFolder: String? = nil
    ) throws {
        folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-program")
        let output = try Files.open("\(folder)/out", O_WRONLY | O_CREAT)
        let error = try Files.open("\(folder)/err", O_WRONLY | O_CREAT)
        pid = try Spawning.start(
            path, arguments, environment: environment.map { "\($0.key)=\($0.value)" },
            folder: workingFolder,
            descriptors: [
                slipway_descriptor(source: output.descriptor, target: 1),
                slipway_descriptor(source: error.descriptor, target: 2),
            ])
    }

    /// What it has printed on standard output so far.
    package func printed() throws -> String {
        String(decoding: try Files.readFile("\(folder)/out", limit: 1 << 30), as: UTF8.self)
    }

    /// What it has printed on standard error so far.
    package func complained() throws -> String {
        String(decoding: try Files.readFile("\(folder)/err", limit: 1 << 30), as: UTF8.self)
    }

    package func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Waits for its end and removes the files; call it once.
    package func wait() async throws -> ProgramResult {
        let pid = pid
        let code = try await Self.waiters.run { slipway_wait(pid) }
        let result = ProgramResult(
            code: code, output: try printed(), error: try complained())
        try Files.removeTree(folder)
        return result
    }

    /// The most memory that it has at once until it ends. A thread looks, every 20 ms: a task may
    /// have its turn when all is over.
    package func peakMemoryKiB() async throws -> Int {
        let pid = pid
        return try await Self.waiters.run {
            var peak = 0
            while let now = Self.peakMemoryKiB(of: pid) {
                peak = max(peak, now)
                usleep(20_000)
            }
            return peak
        }
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { Self.peakMemoryKiB(of: pid) != nil }

    /// Nil when it has ended.
    private static func peakMemoryKiB(of pid: Int32) -> Int? {
        do {
            let text = try Files.readFile("/proc/\(pid)/status", limit: 1 << 16)
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix("VmHWM:") }
            return line.flatMap { Int($0.filter(\.isNumber)) }
        } catch {
            return nil
        }
    }

    private static let waiters = IOPool(width: 64)

    /// Runs a program to its end.
    package static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        folder: String? = nil
    ) async throws -> ProgramResult {
        try await Program(path, arguments, environment: environment, folder: folder).wait()
    }
}

/// Asks again until something holds; nil when it does not within the time.
package func eventually<Value>(
    within limit: Duration = .seconds(30), _ ask: () async throws -> Value?
) async throws -> Value? {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    // Where tests fill the machine, the time may pass with hardly a look.
    var looks = 0
    while true {
        if let value = try await ask() { return value }
        looks += 1
        guard clock.now < deadline || looks < 100 else { return nil }
        try await Task.sleep(for: .milliseconds(20))
    }
}
