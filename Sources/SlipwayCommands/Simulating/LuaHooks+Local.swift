import Runs
import Scripting

extension LuaHooks {
    /// Hooks where no home is open; the workers end with `body`.
    static func local<Value: Sendable>(
        _ body: (LuaHooks) async throws -> Value
    ) async throws -> Value {
        // Hooks run in this same program, started anew (see `HookWorkerCommand`).
        let sandbox = LuaSandbox(
            workerPath: "/proc/self/exe", workerArguments: [HookWorkerCommand.verb])
        let result: Result<Value, any Error>
        do { result = .success(try await body(LuaHooks(sandbox: sandbox))) } catch {
            result = .failure(error)
        }
        await sandbox.shutdown()
        return try result.get()
    }
}
