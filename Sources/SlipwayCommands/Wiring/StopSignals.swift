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

    /// Calls back for the first two signals, with what they mean; the third calls `force` and ends
    /// the process.
    static func listen(
        _ receive: @escaping @Sendable (String) -> Void,
        force: @escaping @Sendable () -> Void
    ) throws {
        let numbers = Array(names.keys)
        let descriptor = unsafe slipway_signals(numbers, Int32(numbers.count))
        guard descriptor >= 0 else {
            throw StorageError.system(operation: "listen for", path: "signals", errno: errno)
        }
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
