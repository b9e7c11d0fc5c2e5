import Domain
import Storage

/// When things of a container came to be, whoever saw it: the times of the files that tell of them.
extension Container {
    /// When the runtime had made it; its program begins then. Nil where it was never made.
    func beganAt() throws -> Timestamp? { try Self.time(of: folder.containerPidPath) }

    /// When conmon wrote down that its program had ended. Nil where it has not.
    func endedAt() throws -> Timestamp? { try Self.time(of: folder.exitPath) }

    private static func time(of path: String) throws -> Timestamp? {
        guard let time = try Files.status(path)?.modified else { return nil }
        return Timestamp(microseconds: time.seconds * 1_000_000 + time.nanoseconds / 1000)
    }
}
