package import Domain
import OCI
import Storage
package import Workflows

extension RunService {
    /// The document behind a memoised leg's key; nil for a leg without one.
    package func memoDocument(_ state: RunState, leg: Int) async throws -> JSONValue? {
        guard let memo = state.legs[leg].memo else { return nil }
        let blobs = blobs
        let bytes = try await IOPool.shared.run {
            try blobs.read(memo.key, limit: Memoisation.documentLimit)
        }
        return try JSONParser.parse(bytes)
    }

    /// The leg of this label in the newest earlier run of the same workflow that memoised it.
    package func earlierMemo(
        _ label: String, before number: Int64, workflow: String
    ) async throws -> (run: Int64, document: JSONValue)? {
        for listed in try await store.list(limit: 50, workflow: workflow)
        where listed.number < number {
            let state = try await load(listed.id).state
            let leg = state.plan.legs.indices.first { state.plan.label(leg: $0) == label }
            guard let leg, let document = try await memoDocument(state, leg: leg) else { continue }
            return (listed.number, document)
        }
        return nil
    }
}
