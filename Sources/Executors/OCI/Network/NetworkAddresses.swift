import CLinux
import Domain
import Glibc
import Storage

/// The addresses that the plugin `host-local` has given out: a file each, named after the address,
/// whose first line names the container (containernetworking/plugins, host-local/README).
enum NetworkAddresses {
    struct Given: Sendable {
        let address: String
        let container: String
    }

    private static let path = "\(NetworkPlugins.addressesPath)/\(NetworkPlugins.network)"

    /// Of all homes of the machine.
    static func all() throws -> [Given] {
        // An ordinary user's attempts have none.
        guard geteuid() == 0, !RootlessMode.isOn, Files.exists(path) else { return [] }
        return try Files.list(path).compactMap { name in
            guard name.first?.isNumber == true, let container = try container(name) else {
                return nil
            }
            return Given(address: name, container: container)
        }
    }

    static func container(_ name: String) throws -> String? {
        do {
            let file = try Files.open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW)
            let line = try file.read(256).prefix { $0 != 0x0a && $0 != 0x0d }
            return String(decoding: line, as: UTF8.self)
        } catch let error {
            guard case .system(_, _, ENOENT) = error else { throw error }
            return nil
        }
    }

    /// Gives an address back, and what the plugins made for it; nothing happens where somebody
    /// else has it by now. Where the machine's rules could not be set it throws after that. Blocks.
    static func release(_ given: Given) throws {
        guard try container(given.address) == given.container else { return }
        let failure = try MachineBarrier.forget(given.address, of: given.container)
        // Whatever answer the plugins gave is lost: they are told what is known.
        try NetworkPlugins.find().remove(
            given.container, namespace: "",
            result: [
                "cniVersion": "1.0.0", "interfaces": [],
                "ips": [["address": .string("\(given.address)/16")]],
            ])
        try Masquerade.remove(of: given.container)
        // The plugin's own lock, so that nobody is given it between the look and the removal.
        let lock = try Files.open("\(path)/lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        guard slipway_lock(lock.descriptor, 1) == 0 else { throw Files.failure("lock", path) }
        if try container(given.address) == given.container {
            try Files.remove("\(path)/\(given.address)")
        }
        slipway_unlock(lock.descriptor)
        if let failure { throw failure }
    }
}
