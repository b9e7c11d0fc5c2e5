import CLinux
import Glibc

/// That a process works in a home; the kernel forgets it when the process ends (flock(2), on the
/// home's folder itself, so that nothing is left behind).
package final class HomeUse: Sendable {
    private let folder: OpenFile

    /// Blocks while somebody has the home for himself: as long as giving space back takes.
    package init(_ home: Home) throws {
        folder = try Files.open(home.path, O_RDONLY | O_DIRECTORY)
        try share()
    }

    private func share() throws {
        guard slipway_lock_shared(folder.descriptor) == 0 else {
            throw Files.failure("lock", folder.path)
        }
    }

    /// How long what others have claimed is left alone: whoever claims something records within
    /// this time that it is needed.
    package static let graceSeconds: Int64 = 3600

    /// What was changed since this moment may be about to be needed.
    ///
    /// Where no other process works in the home now, everything that is there is either recorded
    /// or nobody's, and whoever comes later claims what it finds: so it is this very moment.
    package func youngestGarbage() throws -> (time: FileTime, isAlone: Bool) {
        let isAlone = slipway_lock(folder.descriptor, 0) == 0
        let now = FileTime.now
        // Trying for it alone may have let the shared one go.
        try share()
        return isAlone
            ? (now, true)
            : (FileTime(seconds: now.seconds - Self.graceSeconds, nanoseconds: 0), false)
    }

    /// Has something done while nobody else works in the home, or comes to it; false when others
    /// do. Nothing of theirs may wait long for it.
    package func whileAlone(_ body: () async throws -> Void) async throws -> Bool {
        guard slipway_lock(folder.descriptor, 0) == 0 else {
            try share()
            return false
        }
        do { try await body() } catch {
            try share()
            throw error
        }
        try share()
        return true
    }

    /// What only one process of a home does at a time, for as long as it holds what is given; nil
    /// while another does. Blocks.
    package static func collector(of home: Home) throws -> OpenFile? {
        let folder = try Files.open(home.locksPath, O_RDONLY | O_DIRECTORY)
        if slipway_lock(folder.descriptor, 0) == 0 { return folder }
        guard errno == EWOULDBLOCK else { throw Files.failure("lock", folder.path) }
        return nil
    }
}
