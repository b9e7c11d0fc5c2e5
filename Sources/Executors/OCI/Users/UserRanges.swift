import Domain
import Glibc
import OCI
import Storage
import Workflows

/// Which ranges of users are taken, by containers of all homes of this machine.
///
/// A range is a link below `/run`, `SLOT → HOME-ID/OWNER`: the kernel makes it whole or not at all,
/// and a restart of the machine frees all. Whoever took it lets go of it.
struct UserRanges: Sendable {
    private let path: String
    private let home: String

    init(home: Home, path: String = "/run/slipway/users") {
        self.path = path
        self.home = home.id
    }

    /// Takes a range for a container, or for a run whose jobs share a folder: `preferred`
    /// where nobody else has it, else the first that is free, or the owner's, from a place on that
    /// its name gives. Blocks.
    func claim(_ owner: String, preferred: UserRange? = nil) throws -> UserRange {
        try Files.makeFolders(path, mode: 0o700)
        let begin = preferred?.slot ?? Self.firstGuess(for: owner)
        for step in 0..<UserRange.count {
            guard let range = UserRange(slot: (begin + step) % UserRange.count) else { break }
            if try take(range, owner) { return range }
        }
        throw ExecutorError.runtime(
            "all \(UserRange.count) ranges of users are taken, see \(path); 'slipway gc' frees "
                + "those of containers that are gone")
    }

    /// False when it is somebody else's.
    private func take(_ range: UserRange, _ owner: String) throws -> Bool {
        do { try Files.link("\(home)/\(owner)", at: link(range)) } catch let error {
            guard case .system(_, _, EEXIST) = error else { throw error }
            return try holder(of: range) == "\(home)/\(owner)"
        }
        return true
    }

    /// Lets go of a range that is the owner's; of another one it does nothing. Nil: of whatever is
    /// the owner's, since what told which was taken away.
    func release(_ range: UserRange?, of owner: String) throws {
        guard let range else {
            for (range, holder) in try all() where holder == owner {
                try release(range, of: owner)
            }
            return
        }
        if try holder(of: range) == "\(home)/\(owner)" { try Files.remove(link(range)) }
    }

    /// What this home has taken.
    func all() throws -> [(range: UserRange, owner: String)] {
        // Those of root, which an ordinary user may not even list.
        guard geteuid() == 0, !RootlessMode.isOn, Files.exists(path) else { return [] }
        return try Files.list(path).compactMap { name in
            guard let range = Int(name).flatMap(UserRange.init(slot:)),
                let holder = try holder(of: range), holder.hasPrefix("\(home)/")
            else { return nil }
            return (range, String(holder.dropFirst(home.utf8.count + 1)))
        }
    }

    private func link(_ range: UserRange) -> String { "\(path)/\(range.slot)" }

    /// Nil when it is free.
    private func holder(of range: UserRange) throws -> String? {
        do { return try Files.target(ofLink: link(range)) } catch let error {
            guard case .system(_, _, ENOENT) = error else { throw error }
            return nil
        }
    }

    /// Spread, so that two rarely try the same.
    private static func firstGuess(for owner: String) -> Int {
        let bytes = Digest(of: owner.utf8).hex.prefix(6)
        return (Int(bytes, radix: 16) ?? 0) % UserRange.count
    }
}
