import Glibc

/// What people read beside the answer: on standard error, so that output can be piped.
enum Console {
    static func error(_ text: String) {
        let bytes = Array("\(text)\n".utf8)
        // Nobody is left to tell when standard error is gone.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
