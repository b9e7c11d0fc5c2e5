import CLinux
import Dispatch

/// What a terminal tells.
enum TerminalEvent: Sendable {
    case keys([Key])
    case resized
}

/// Listens to the keys and the size of this process' terminal, on a thread of its own. One a
/// process.
struct Keyboard {
    /// Whether there are keys, or only sizes.
    let hasKeys: Bool

    /// Milliseconds after which a lone ESC is the key.
    private static let escapeWait: Int32 = 50

    /// Keys come where standard input is a terminal and this process is in its foreground.
    /// `receive` is called on the thread; nothing comes after `stop`.
    init(_ receive: @escaping @Sendable (TerminalEvent) -> Void) {
        hasKeys = Console.isTerminal(0) && slipway_keys_begin(0) == 0
        guard hasKeys || slipway_keys_begin(-1) == 0 else { return }
        DispatchQueue(label: "slipway.keys").async { Self.listen(receive) }
    }

    /// The terminal is as it was before.
    func stop() { slipway_keys_end() }

    private static func listen(_ receive: (TerminalEvent) -> Void) {
        var parser = KeyParser()
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let wait = parser.isPending ? escapeWait : -1
            let count = unsafe slipway_keys_read(&buffer, Int32(buffer.count), wait)
            var keys: [Key] = []
            switch count {
            case 1...: keys = parser.take(buffer.prefix(Int(count)))
            case 0: keys = parser.flush()
            // SLIPWAY_KEYS_RESIZED
            case -2: receive(.resized)
            default: return
            }
            if !keys.isEmpty { receive(.keys(keys)) }
        }
    }
}
