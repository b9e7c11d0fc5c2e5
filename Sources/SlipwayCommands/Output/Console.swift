import Glibc
import Synchronization

/// The two streams of the command line: answers on standard output, everything that people read
/// beside them on standard error, so that answers can be piped.
///
/// What goes to a terminal is made harmless here, whoever wrote it (`TerminalText`); a pipe gets
/// it unaltered.
enum Console {
    static func print(_ text: String) {
        write(shown(text, on: STDOUT_FILENO), to: STDOUT_FILENO)
    }

    static func print(_ bytes: [UInt8]) {
        write(bytes, to: STDOUT_FILENO)
    }

    /// Who takes what would go to standard error, while a live view has the screen.
    private static let diversion = Mutex<(@Sendable (String) -> Bool)?>(nil)

    /// From now on `take` is asked first; what it refuses is printed. Nil ends that.
    static func divert(_ take: (@Sendable (String) -> Bool)?) {
        diversion.withLock { $0 = take }
    }

    static func error(_ text: String) {
        if let take = diversion.withLock({ $0 }), take(text) { return }
        write(shown(text, on: STDERR_FILENO), to: STDERR_FILENO)
    }

    private static func shown(_ text: String, on descriptor: Int32) -> [UInt8] {
        Array((isTerminal(descriptor) ? TerminalText.screen(text) : text).utf8) + [0x0a]
    }

    /// Without a line's end, for frames: they move the cursor, and their lines went through
    /// `TerminalText.line`.
    static func draw(_ text: String, on descriptor: Int32 = STDERR_FILENO) {
        write(Array(text.utf8), to: descriptor)
    }

    /// A reader that went away has what it wanted, so the process ends quietly when it is that of
    /// the answer; nobody is left to tell when standard error is gone.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&waiting, 1, 1000)
            } else if errno != EINTR {
                if descriptor == STDOUT_FILENO, errno == EPIPE { exit(0) }
                return
            }
        }
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// All variables of this process.
    static func environment() -> [String: String] {
        var values: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            unsafe entry += 1
        }
        return values
    }

    /// Whether the locale's text is UTF-8 (setlocale(3): the first of these that says something).
    static var isUTF8: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment($0) }
            .first { !$0.isEmpty }
        let name = (locale ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
