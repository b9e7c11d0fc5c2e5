package import OCI

/// What can go wrong between us and the disk.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(operation: String, path: String, errno: Int32)
    case diskFull(path: String)
    case digestMismatch(expected: Digest, actual: Digest)
    case sizeMismatch(expected: Int64, actual: Int64)
    case missingBlob(Digest)
    case tooLarge(what: String, limit: Int64)
    case database(String)
    case storeFromNewerVersion([String])
    case column(index: Int, expected: String)
    case compressed(String)
    case archive(path: String, why: String)
    case timedOut(what: String, limit: Duration)

    package var description: String {
        switch self {
        case .system(let operation, let path, let code):
            "\(operation) '\(path)': \(Files.text(ofError: code))"
        case .diskFull(let path):
            "no space left on the disk that holds '\(path)'; free some and try again: "
                + "'slipway gc' removes what nothing needs, and old runs where it is told how old"
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
        case .column(let index, let expected): "database: column \(index) is not \(expected)"
        case .compressed(let why): "compressed data: \(why)"
        case .archive(let path, let why): "'\(path)': \(why)"
        case .timedOut(let what, let limit):
            "\(what) did not end within \(limit.components.seconds) seconds and was killed"
        }
    }
}
