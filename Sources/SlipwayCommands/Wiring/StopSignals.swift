import CLinux
import Dispatch
import Glibc
import Storage

/// Signals that ask a command to stop: Ctrl-C, `kill`, a terminal that went away.
enum StopSignals {
    private static let names: [Int32: String] = [
        SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "its terminal went away",
    ]

    /// Calls back for each signal, with what it means, for as long as the process lives.
    static func listen(_ receive: @escaping @Sendable (String) -> Void) throws {
        let numbers = Array(names.keys)
        let descriptor = unsafe slipway_signals(numbers, Int32(numbers.count))
        guard descriptor >= 0 else {
            throw StorageError.system(operation: "listen for", path: "signals", errno: errno)
        }
        DispatchQueue(label: "slipway.signals").async {
            while true {
                let number = slipway_signal_read(descriptor)
                guard number > 0 else { return }
                receive(names[number] ?? "signal \(number)")
            }
        }
    }
}
