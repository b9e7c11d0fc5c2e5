import Glibc
import Storage

/// Keeps those who take blobs away from those who count on them, in all processes of a home.
///
/// Imports hold it together, from their first look at the store until their images are recorded;
/// whoever removes blobs holds it alone. It goes when the process does (flock(2)).
struct ImageLock: Sendable {
    enum Kind: Sendable { case shared, alone }

    private let file: OpenFile

    /// Waits, on threads of its own: those who hold the lock need the others to go on.
    static func take(_ kind: Kind, in folder: String) async throws -> ImageLock {
        try await waiters.run {
            let path = "\(folder)/images.lock"
            let file = try Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
            while flock(file.descriptor, kind == .alone ? LOCK_EX : LOCK_SH) < 0 {
                guard errno == EINTR else { throw Files.failure("lock", path) }
            }
            return ImageLock(file: file)
        }
    }

    /// Takes it alone when nobody holds it; nil otherwise.
    static func aloneIfFree(in folder: String) throws -> ImageLock? {
        let file = try Files.open("\(folder)/images.lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        return flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 ? ImageLock(file: file) : nil
    }

    private static let waiters = IOPool(width: 4)

    func release() {
        // Closing it would do as well; nothing can be done about a failure.
        _ = flock(file.descriptor, LOCK_UN)
    }
}
