import Storage

/// A folder of its own for one test; it is removed with everything in it afterwards.
package func withTemporaryFolder<Value>(
    _ body: (String) async throws -> Value
) async throws -> Value {
    let path = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-test-")
    do {
        let value = try await body(path)
        try Files.removeTree(path)
        return value
    } catch {
        try Files.removeTree(path)
        throw error
    }
}
