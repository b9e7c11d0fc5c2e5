package import Domain
package import Storage
package import Workflows

extension RunStore {
    /// What a run was made of: its first event.
    package func creation(of id: RunID) async throws -> RunCreation {
        let rows = try await database.read { transaction in
            try transaction.query(
                "SELECT body FROM run_events WHERE run_id = ? AND sequence = 1", [.text(id.text)])
        }
        guard let row = rows.first else { throw RunsError.noSuchRun(id.text) }
        do {
            let event = try RunEvent(json: try JSONParser.parse(try row.blob(at: 0)))
            if case .created(let creation) = event { return creation }
        } catch {
            throw RunsError.damagedEvent(await name(of: id), sequence: 1, why: "\(error)")
        }
        throw RunsError.noSuchRun(id.text)
    }
}

extension RunStore {
    /// A run as its events leave it, for who only looks; nil where its file is no longer valid.
    package func state(of id: RunID, in blobs: BlobStore) async throws -> RunState? {
        let events = try await events(of: id)
        guard case .created(let creation)? = events.first?.event,
            let definition = try creation.definition(in: blobs)
        else { return nil }
        var state = RunState(plan: RunPlan(definition))
        for recorded in events { _ = try state.apply(recorded.event, at: recorded.time) }
        return state
    }
}

extension RunCreation {
    /// The recorded workflow file, read with the files that it leads to; nil when it is no longer
    /// valid. At most 1 MiB each.
    package func definition(in blobs: BlobStore) throws -> WorkflowDefinition? {
        let text = try blobs.read(definition, limit: 1 << 20)
        let recorded = files
        let library = WorkflowFiles { path in
            guard let digest = recorded[path] else { return .missing(why: "not recorded") }
            do {
                return .found(try blobs.read(digest, limit: 1 << 20), name: path.description)
            } catch {
                return .missing(why: "\(error)")
            }
        }
        return WorkflowFile.parse(text, at: path, files: library).definition
    }
}
