import ArgumentParser
import CLinux
import Dispatch
import Glibc
import Storage

/// Signals that ask a command to stop: Ctrl-C, `kill`, a terminal that went away.
enum StopSignals {
    private static let names: [Int32: String] = [
        SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "its terminal went away",
    ]

    /// Calls back for every signal, with its number, and ends nothing by itself.
    static func forward(_ receive: @escaping @Sendable (Int32) -> Void) throws {
        let descriptor = try open(Array(names.keys) + [SIGQUIT])
        DispatchQueue(label: "slipway.signals").async {
            while true {
                let number = slipway_signal_read(descriptor)
                guard number > 0 else { return }
                receive(number)
            }
        }
    }

    private static func open(_ numbers: [Int32]) throws -> Int32 {
        let descriptor = unsafe slipway_signals(numbers, Int32(numbers.count))
        guard descriptor >= 0 else {
            throw StorageError.system(operation: "listen for", path: "signals", errno: errno)
        }
        return descriptor
    }

    /// Calls back for the first two signals, with what they mean; the third calls `force` and ends
    /// the process.
    static func listen(
        _ receive: @escaping @Sendable (String) -> Void,
        force: @escaping @Sendable () -> Void
    ) throws {
        let descriptor = try open(Array(names.keys))
        DispatchQueue(label: "slipway.signals").async {
            for count in 1... {
                let number = slipway_signal_read(descriptor)
                guard number > 0 else { return }
                // Whoever asks a third time wants nothing but the prompt.
                guard count < 3 else {
                    force()
                    _exit(ExitStatus.cancelled.rawValue)
                }
                receive(names[number] ?? "signal \(number)")
            }
        }
    }
}
