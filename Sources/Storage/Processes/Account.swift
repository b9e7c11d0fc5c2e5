import Glibc

/// What the machine knows of a user (getpwuid(3)).
package struct Account: Sendable {
    package let id: UInt32
    /// Nil where no user of this machine has the number.
    package let name: String?
    package let home: String?

    package init(_ id: UInt32) {
        self.id = id
        guard let entry = unsafe getpwuid(id) else {
            (name, home) = (nil, nil)
            return
        }
        name = unsafe String(cString: entry.pointee.pw_name)
        home = unsafe String(cString: entry.pointee.pw_dir)
    }
}
