import Domain
import Glibc
import Storage

/// Texts of the repository that are made from code: a test holds them to it, and
/// `UPDATE_GOLDEN=1` writes them.
package enum Golden {
    /// The text that a file of the checkout must have; it is written first when that is asked for.
    package static func expected(_ path: String, made text: String) throws -> String {
        let file = "\(Checkout.root)/\(path)"
        if isUpdating {
            try Files.makeFolders(PathText.folder(of: file), mode: 0o755)
            try Files.writeFile(file, text.utf8, mode: 0o644)
        }
        return String(decoding: try Files.readFile(file, limit: 1 << 24), as: UTF8.self)
    }

    private static var isUpdating: Bool {
        guard let value = unsafe getenv("UPDATE_GOLDEN") else { return false }
        return unsafe String(cString: value) == "1"
    }
}
