import CLinux
import Glibc
import Storage

/// The process that keeps a home's namespaces (`RootlessHome`); not for people.
package enum NamespaceKeeper {
    package static let verb = "namespace-keeper"

    /// Stays until nobody works in the home and no attempt is left in it. `folder`: the home.
    package static func run(_ folder: String) -> Int32 {
        do {
            let file = try Files.open(
                "\(folder)/\(RootlessHome.fileName)", O_RDWR | O_NOFOLLOW)
            guard slipway_record_lock(file.descriptor, RootlessHome.keeperByte, 0) == 0 else {
                // There is one already.
                return 1
            }
            guard slipway_keeper_ready() == 0 else { return 1 }
            var nap: UInt32 = 100_000
            while true {
                // Waits for the last who works here; then nobody comes in until it is let go.
                guard slipway_lock(file.descriptor, 1) == 0 else { return 1 }
                if try Files.list("\(folder)/attempts").isEmpty { return 0 }
                guard slipway_unlock(file.descriptor) == 0 else { return 1 }
                // Containers go on, or their results wait for somebody.
                usleep(nap)
                nap = min(nap * 2, 2_000_000)
            }
        } catch {
            // The home was removed.
            return 1
        }
    }
}
