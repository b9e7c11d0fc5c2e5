import Glibc

/// What the machine knows of a user (getpwuid_r(3)).
package struct Account: Sendable {
    package let id: UInt32
    /// Nil where no user of this machine has the number.
    package let name: String?
    package let home: String?

    /// So much a line of the system's database of users may hold.
    private static let bufferSize = 64 << 10

    package init(_ id: UInt32) {
        self.id = id
        // Strings of the entry lie in the buffer, and are copied while that stays where it is.
        (name, home) = unsafe withUnsafeTemporaryAllocation(
            of: CChar.self, capacity: Self.bufferSize
        ) { buffer in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard let bytes = buffer.baseAddress,
                unsafe getpwuid_r(id, &entry, bytes, buffer.count, &found) == 0,
                unsafe found != nil
            else { return (nil, nil) }
            return unsafe (
                entry.pw_name.map { unsafe String(cString: $0) },
                entry.pw_dir.map { unsafe String(cString: $0) }
            )
        }
    }
}
