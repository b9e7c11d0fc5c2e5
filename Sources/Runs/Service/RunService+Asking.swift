import Domain
import Storage
import Workflows

extension RunService {
    /// How often the process that advances a run is asked before it is given up, and how long
    /// between: it may just begin to listen, or be about to let go.
    private static let askLimit = 20
    private static let askPause = Duration.milliseconds(50)

    /// Gives a message to the process that advances a run. Where none does, gives the run's lock:
    /// the caller sees to the message itself, and holds the run meanwhile.
    func hand(_ message: ControlMessage, to id: RunID) async throws -> RunLock? {
        let folder = controlFolder
        var refusal: ((RunName) -> RunsError)?
        for _ in 0..<Self.askLimit {
            do {
                let isTaken = try await IOPool.shared.run {
                    try ControlSocket.send(message, to: id, in: folder)
                }
                if isTaken { return nil }
                if let lock = try RunLock(id, in: home.locksPath) { return lock }
                refusal = refusal ?? { .ownedByAnother($0) }
            } catch RunsError.departing {
                refusal = { .departing($0) }
            } catch RunsError.busy {
                throw RunsError.busy(await store.name(of: id))
            } catch RunsError.unstored(_, let why) {
                // Its process leaves the run, as on a full disk: a cancel makes room there.
                refusal = { .unstored($0, why) }
            }
            try await Task.sleep(for: Self.askPause)
        }
        let name = await store.name(of: id)
        throw refusal?(name) ?? .ownedByAnother(name)
    }
}
