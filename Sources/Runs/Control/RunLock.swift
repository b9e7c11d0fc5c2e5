import CLinux
import Domain
import Glibc
import Storage
import Synchronization

/// Says that this process advances a run; the kernel lets go of it when the process ends.
final class RunLock: Sendable {
    private let file: Mutex<OpenFile?>
    private let path: String

    /// Nil when another process holds it.
    init?(_ run: RunID, in folder: String) throws {
        path = Self.path(run, folder)
        while true {
            let opened = try Files.open(path, O_RDWR | O_CREAT)
            guard slipway_hold(opened.descriptor) == 0 else {
                if errno == EAGAIN || errno == EACCES { return nil }
                throw RunsError.control("lock of run \(run): \(Files.text(ofError: errno))")
            }
            // The one that was opened may have been removed before it was locked.
            if try Files.status(path)?.identity == opened.status().identity {
                file = Mutex(opened)
                return
            }
        }
    }

    /// The lock of a run that is to be taken over; nil when another process keeps it. A process
    /// that was killed while it started a program lets go when that has begun: a moment later.
    static func take(_ run: RunID, in folder: String) async throws -> RunLock? {
        let deadline = Deadline(after: .seconds(1))
        while true {
            if let lock = try RunLock(run, in: folder) { return lock }
            if deadline.isOver { return nil }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Lets go. The name goes while the lock is held, so that no run leaves one behind, and nobody
    /// else's is taken away.
    func release() {
        file.withLock { file in
            if file != nil { unsafe unlink(path) }
            file = nil
        }
    }

    deinit {
        release()
    }

    /// Whether some process holds the lock of a run. Nobody who wants it is kept away by the look.
    static func isHeld(_ run: RunID, in folder: String) throws -> Bool {
        do {
            let file = try Files.open(path(run, folder))
            let held = withExtendedLifetime(file) { slipway_is_held(file.descriptor) }
            if held >= 0 { return held == 1 }
            throw RunsError.control("lock of run \(run): \(Files.text(ofError: errno))")
        } catch StorageError.system(_, _, ENOENT) {
            return false
        }
    }

    private static func path(_ run: RunID, _ folder: String) -> String {
        "\(folder)/\(run.text).lock"
    }
}
