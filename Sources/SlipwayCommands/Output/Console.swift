import Glibc

/// The two streams of the command line: answers on standard output, everything that people read
/// beside them on standard error, so that answers can be piped.
enum Console {
    static func print(_ text: String) {
        write(Array("\(text)\n".utf8), to: STDOUT_FILENO)
    }

    static func print(_ bytes: [UInt8]) {
        write(bytes, to: STDOUT_FILENO)
    }

    static func error(_ text: String) {
        write(Array("\(text)\n".utf8), to: STDERR_FILENO)
    }

    /// Without a line's end, for frames.
    static func draw(_ text: String) {
        write(Array(text.utf8), to: STDERR_FILENO)
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

    static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
