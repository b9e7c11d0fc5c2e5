import Domain
package import OCI

/// What can go wrong between us and the disk.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(operation: String, path: String, errno: Int32)
    /// A folder that cannot be a home: why, and what to do about it.
    case home(String)
    /// `freeBytes`: what was left for others then; nil where nobody could say.
    case diskFull(path: String, freeBytes: Int64?)
    /// The disk takes no writes.
    case readOnly(path: String)
    /// A store that others write while it is copied.
    case changing(path: String)
    case digestMismatch(expected: Digest, actual: Digest)
    case sizeMismatch(expected: Int64, actual: Int64)
    case missingBlob(Digest)
    case tooLarge(what: String, limit: Int64)
    case database(String)
    case storeFromNewerVersion([String])
    /// On a disk that takes no writes: it cannot be brought up to date.
    case storeFromOlderVersion([String])
    case column(index: Int, expected: String)
    case compressed(String)
    case archive(path: String, why: String)
    case timedOut(what: String, limit: Duration)

    package var description: String {
        switch self {
        case .system(let operation, let path, let code):
            "\(operation) '\(path)': \(Files.text(ofError: code))"
        case .home(let why): why
        case .diskFull(let path, let free):
            "no space left on the disk that holds '\(path)'"
                + (free.map { " (\(ByteSize(bytes: $0)) free)" } ?? "")
                + "; make room, such as with 'slipway gc'"
        case .changing(let path):
            "'\(path)' lies on a disk that takes no writes from here, and others write to it all "
                + "the time, so it cannot be read now; ask again, or look at it where they do"
        case .readOnly(let path):
            "the disk that holds '\(path)' is read-only; make it writable, or use another "
                + "SLIPWAY_HOME"
        case .digestMismatch(let expected, let actual):
            "content has the digest \(actual); expected \(expected)"
        case .sizeMismatch(let expected, let actual):
            "content has \(actual) bytes; expected \(expected)"
        case .missingBlob(let digest): "blob \(digest) is not in the store"
        case .tooLarge(let what, let limit): "\(what) is larger than \(limit) bytes"
        case .database(let why): "database: \(why)"
        case .storeFromNewerVersion(let names):
            "the store was written by a newer slipway (it knows \(names.joined(separator: ", "))); "
                + "use that version, or another SLIPWAY_HOME"
        case .storeFromOlderVersion(let names):
            "the store was written by an older slipway (it lacks "
                + "\(names.joined(separator: ", "))), and its disk is read-only; make it writable, "
                + "and any command brings it up to date"
        case .column(let index, let expected): "database: column \(index) is not \(expected)"
        case .compressed(let why): "compressed data: \(why)"
        case .archive(let path, let why): "'\(path)': \(why)"
        case .timedOut(let what, let limit):
            "\(what) did not end within \(limit.components.seconds) seconds and was killed"
        }
    }
}

extension StorageError {
    /// Whether all is well again as soon as the disk takes writes: a run that stops for such an
    /// error can go on where it is.
    package var isOfTheDisk: Bool {
        switch self {
        case .diskFull, .readOnly: true
        default: false
        }
    }
}
