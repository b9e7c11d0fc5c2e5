import CLinux
import Domain
import Glibc
import Storage

/// Says that this process advances a run; the kernel lets go of it when the process ends.
final class RunLock: Sendable {
    private let file: OpenFile

    /// Nil when another process holds it.
    init?(_ run: RunID, in folder: String) throws {
        file = try Files.open("\(folder)/\(run.text).lock", O_RDWR | O_CREAT)
        guard slipway_lock(file.descriptor, 0) < 0 else { return }
        if errno == EWOULDBLOCK { return nil }
        throw RunsError.control("lock of run \(run): \(Files.text(ofError: errno))")
    }
}
