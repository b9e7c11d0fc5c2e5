import CLinux
import Domain
import Glibc
import Storage

/// Says that this process advances a run; the kernel lets go of it when the process ends.
final class RunLock: Sendable {
    private let file: OpenFile
    private let path: String

    /// Nil when another process holds it.
    init?(_ run: RunID, in folder: String) throws {
        path = Self.path(run, folder)
        while true {
            let opened = try Files.open(path, O_RDWR | O_CREAT)
            guard slipway_lock(opened.descriptor, 0) == 0 else {
                if errno == EWOULDBLOCK { return nil }
                throw RunsError.control("lock of run \(run): \(Files.text(ofError: errno))")
            }
            // The one that was opened may have been removed before it was locked.
            if try Files.status(path)?.identity == opened.status().identity {
                file = opened
                return
            }
        }
    }

    /// The name goes while the lock is held, so that no run leaves one behind.
    deinit {
        unsafe unlink(path)
    }

    /// Whether some process holds the lock of a run.
    static func isHeld(_ run: RunID, in folder: String) throws -> Bool {
        guard try Files.status(path(run, folder)) != nil else { return false }
        return try RunLock(run, in: folder) == nil
    }

    private static func path(_ run: RunID, _ folder: String) -> String {
        "\(folder)/\(run.text).lock"
    }
}
