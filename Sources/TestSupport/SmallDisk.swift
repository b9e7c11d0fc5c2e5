import CLinux
import Storage

/// A disk of one MiB in memory, mounted for one test. Needs root.
package func withSmallDisk<Value>(
    at path: String, _ body: (String) async throws -> Value
) async throws -> Value {
    try Files.makeFolders(path)
    let mounted = try Spawning.run(
        "/bin/mount", ["-t", "tmpfs", "-o", "size=1m,mode=0755", "tmpfs", path])
    guard mounted.code == 0 else { throw StorageError.archive(path: path, why: mounted.message) }
    do {
        let value = try await body(path)
        _ = unsafe slipway_unmount(path)
        return value
    } catch {
        _ = unsafe slipway_unmount(path)
        throw error
    }
}
