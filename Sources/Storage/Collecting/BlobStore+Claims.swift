import CLinux
import Glibc
package import OCI

/// How those who count on a blob and those who remove blobs keep out of each other's way
/// (docs/decisions/0020).
///
/// - Whoever finds a blob and will record later that it is needed *claims* it: it is young again.
/// - Whoever removes blobs looks at their age and removes them while nobody claims any.
extension BlobStore {
    /// Whether a blob is here. One that is here stays for as long as `HomeUse.youngestGarbage`
    /// says, although nothing recorded needs it yet.
    package func claim(_ digest: Digest) throws(StorageError) -> Bool {
        guard let gate = try gate() else { return false }
        guard slipway_lock_shared(gate.descriptor) == 0 else {
            throw Files.failure("lock", gate.path)
        }
        let path = path(of: digest)
        let result = unsafe slipway_touch(path)
        let code = errno
        slipway_unlock(gate.descriptor)
        if result == 0 { return true }
        guard code == ENOENT else { throw Files.failure("touch", path, code) }
        return false
    }

    /// The folder of blobs, whose lock is meant; nil where there are none.
    func gate() throws(StorageError) -> OpenFile? {
        let path = "\(root)/\(Digest.Algorithm.sha256.rawValue)"
        do { return try Files.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch let error {
            guard case .system(_, _, ENOENT) = error else { throw error }
            return nil
        }
    }
}
