import Dispatch
import Storage
import Synchronization

/// Looks whether the disk is full for as long as containers run whose output goes to it.
///
/// conmon goes on when it cannot write a log, and nothing that it writes later tells: so somebody
/// must look while it happens. A disk that is full for less than `interval` may go unseen.
final class DiskWatch: Sendable {
    private struct Watched {
        let path: String
        let isFull: @Sendable (String) -> Bool
        let call: @Sendable () -> Void
    }

    private struct Content {
        var folders: [String: Watched] = [:]
        var isLooking = false
    }

    private static let interval = DispatchTimeInterval.milliseconds(200)

    static let shared = DiskWatch()

    private let content = Mutex(Content())
    private let queue = DispatchQueue(label: "slipway.disk")

    /// `call` comes once, when the disk that holds a folder is full. Ends with `forget`.
    func add(
        _ name: String, folder: String,
        isFull: @escaping @Sendable (String) -> Bool = DiskWatch.lacksRoom,
        _ call: @escaping @Sendable () -> Void
    ) {
        let isFirst = content.withLock { content in
            content.folders[name] = Watched(path: folder, isFull: isFull, call: call)
            defer { content.isLooking = true }
            return !content.isLooking
        }
        if isFirst { queue.asyncAfter(deadline: .now() + Self.interval) { self.look() } }
    }

    func forget(_ name: String) {
        content.withLock { $0.folders[name] = nil }
    }

    private func look() {
        let folders = content.withLock { content in
            content.isLooking = !content.folders.isEmpty
            return content.folders
        }
        guard !folders.isEmpty else { return }
        // As a rule all of them lie on one disk: one that has room is asked once.
        var roomy: Set<UInt64> = []
        for (name, folder) in folders {
            guard let device = Self.device(of: folder.path), !roomy.contains(device) else {
                continue
            }
            if folder.isFull(folder.path) {
                forget(name)
                folder.call()
            } else {
                roomy.insert(device)
            }
        }
        queue.asyncAfter(deadline: .now() + Self.interval) { self.look() }
    }

    private static let lacksRoom: @Sendable (String) -> Bool = { path in
        Files.freeBytes(near: path).map { $0 < AttemptFolder.leastRoom } ?? false
    }

    private static func device(of path: String) -> UInt64? {
        do { return try Files.status(path)?.device } catch {
            // It went just now.
            return nil
        }
    }
}
