import Storage

/// Users of this machine that are one container's own: its user `n` is `first + n` out here, its
/// groups likewise (docs/decisions/0025).
package struct UserRange: Hashable, Sendable {
    /// Users, as a container sees them, from 0.
    package static let size: UInt32 = 65_536
    /// Slot 0. Below lie the ranges of systemd-nspawn (524,288 to 1,879,048,191), above, from
    /// 2,147,352,576 on, those of images that are nobody's.
    private static let base: UInt32 = 1_879_048_192
    static let count = 4094

    /// 0 to 4,093.
    let slot: Int

    init?(slot: Int) {
        guard (0..<Self.count).contains(slot) else { return nil }
        self.slot = slot
    }

    /// The one that `write(to:)` left in a file; nil where there is none.
    init?(writtenAt path: String) throws {
        guard Files.exists(path) else { return nil }
        let text = String(decoding: try Files.readFile(path, limit: 64), as: UTF8.self)
        guard let slot = Int(text) else { return nil }
        self.init(slot: slot)
    }

    func write(to path: String) throws { try Files.writeFile(path, String(slot).utf8) }

    /// The first user of the range that somebody of this machine is in; 0 outside of all.
    static func first(of user: UInt32) -> UInt32 {
        guard user >= base, (user - base) / size < count else { return 0 }
        return user - (user - base) % size
    }

    package var first: UInt32 { Self.base + UInt32(slot) * Self.size }
}
