import CLinux
import Glibc
import Storage

/// The namespaces in which an ordinary user's slipway works in one home (docs/decisions/0029).
///
/// A process that does nothing else keeps them, and is known by the record lock that it holds on a
/// file of the home; whoever works in them holds a shared lock on the same file, so that the keeper
/// sees when it is needed no longer.
package struct RootlessHome {
    private let path: String
    private let file: OpenFile

    /// Opens the file; nil where there is nothing to enter: there is no home, or its
    /// disk takes no writes, which whoever opens the home says better.
    package init?(path given: String, creates: Bool) throws {
        guard creates || Files.exists(given) else { return nil }
        path = try HomePlace.prepare(given)
        guard try !Files.isReadOnly(path) else { return nil }
        try Files.makeFolders("\(path)/run", mode: 0o711)
        file = try Files.open("\(path)/\(Self.fileName)", O_RDWR | O_CREAT, mode: 0o600)
    }

    static let fileName = "namespaces"
    /// The keeper holds the first byte; whoever makes one, the second.
    static let keeperByte: Int32 = 0
    private static let makerByte: Int32 = 1

    /// Takes this process into the home's namespaces, which are made when there are none and
    /// `creates` says so. False when there are none. Only for a process of one thread. Blocks.
    package func enter(creates: Bool) throws -> Bool {
        // From now on the keeper stays.
        guard slipway_lock_shared(file.descriptor) == 0 else { throw failure("lock") }
        if try !join() {
            guard creates else { return false }
            guard slipway_record_lock(file.descriptor, Self.makerByte, 1) == 0 else {
                throw failure("lock")
            }
            // Somebody else may have been faster.
            if try !join() {
                try makeKeeper()
                guard try join() else {
                    throw RootlessRefusal("the process that keeps its namespaces ended at once")
                }
            }
            slipway_record_unlock(file.descriptor, Self.makerByte)
        }
        hold()
        return true
    }

    /// For a process that was started in the namespaces.
    package func stay() throws {
        guard slipway_lock_shared(file.descriptor) == 0 else { throw failure("lock") }
        guard slipway_rootless_entered() == 0 else {
            throw RootlessRefusal("this process is in no user namespace of an ordinary user")
        }
        hold()
    }

    /// To the end of this process.
    private func hold() { _ = unsafe Unmanaged.passRetained(file) }

    private func failure(_ operation: String) -> StorageError {
        Files.failure(operation, file.path)
    }

    private func join() throws -> Bool {
        let keeper = slipway_record_holder(file.descriptor)
        guard keeper > 0 else { return false }
        let descriptor = slipway_pidfd(keeper)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // The number could have become a stranger's; through the descriptor it cannot any more.
        guard slipway_record_holder(file.descriptor) == keeper else { return false }
        guard slipway_join(descriptor) == 0 else {
            throw RootlessRefusal(
                "\(Files.failure("join the namespaces of process", String(keeper)))")
        }
        return true
    }

    private func makeKeeper() throws {
        // Namespaces outlive a keeper that was killed, where containers go on in them.
        let like = try findContainer()
        defer { if like >= 0 { close(like) } }
        let maps = like < 0 ? try AccountMaps.find() : nil
        let (keeper, control) = try start(like: like)
        defer { close(control) }
        try maps?.write(of: keeper)
        var step: UnsafePointer<CChar>?
        guard unsafe slipway_keeper_go(control, &step) == 0 else {
            let code = errno
            let text = unsafe step.map { unsafe String(cString: $0) } ?? "begin"
            throw Self.refusal(text, code)
        }
    }

    private func start(like: Int32) throws -> (pid_t, Int32) {
        var control: Int32 = -1
        let words = ["slipway", NamespaceKeeper.verb, path]
        let keeper = unsafe Spawning.withCStrings(words) { arguments in
            unsafe Spawning.withCStrings(Spawning.environment) { environment in
                unsafe slipway_keeper_start("\(path)/run", arguments, environment, like, &control)
            }
        }
        guard keeper > 0 else { throw Self.refusal("make a user namespace", errno) }
        return (keeper, control)
    }

    private static func refusal(_ step: String, _ code: Int32) -> RootlessRefusal {
        let why = "cannot \(step): \(Files.text(ofError: code))"
        let switches = [
            ("kernel.unprivileged_userns_clone", "0", "1"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
            ("user.max_user_namespaces", "0", "15000"),
        ]
        for (name, refusing, allowing) in switches {
            let path = "/proc/sys/" + name.split(separator: ".").joined(separator: "/")
            guard let bytes = Self.content(path),
                String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self) == refusing
            else { continue }
            return RootlessRefusal(
                "\(why) (\(name) is \(refusing))", fix: "sysctl -w \(name)=\(allowing)")
        }
        return RootlessRefusal(why)
    }

    private static func content(_ path: String) -> [UInt8]? {
        do { return try Files.readFile(path, limit: 64) } catch { return nil }
    }

    /// A descriptor of some process that holds a container of this home; -1 where there is none.
    private func findContainer() throws -> Int32 {
        let attempts = "\(path)/attempts"
        guard Files.exists(attempts) else { return -1 }
        for name in try Files.list(attempts) {
            guard let pid = try AttemptFolder.pid(in: "\(attempts)/\(name)/conmon.pid"), pid > 1
            else { continue }
            let descriptor = slipway_pidfd(pid)
            guard descriptor >= 0 else { continue }
            let line = Self.content("/proc/\(pid)/comm") ?? []
            let owner = try Files.status("/proc/\(pid)")?.owner
            if line == Array("conmon\n".utf8), owner == geteuid(),
                AttemptFolder.names(name, in: pid)
            {
                return descriptor
            }
            close(descriptor)
        }
        return -1
    }
}
