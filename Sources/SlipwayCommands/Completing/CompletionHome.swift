import Domain
import Registry
import Runs
import Storage
import Workflows

/// A home, opened to look for words alone: nothing is made, migrated or swept, and a writer is
/// hardly waited for.
struct CompletionHome {
    let runs: RunStore
    let images: ImageStore
    private let blobs: BlobStore

    private static let runLimit = 100

    /// Nil where there is no home yet.
    static func open() throws -> CompletionHome? {
        let path = HomeServices.homePath
        let file = "\(path)/slipway.db"
        guard !path.isEmpty, Files.exists(file) else { return nil }
        let database = try Database.readOnly(path: file)
        let blobs = BlobStore(path: "\(path)/blobs")
        return CompletionHome(
            runs: RunStore(database: database),
            images: ImageStore(
                database: database, blobs: blobs, temporaryPath: "\(path)/blobs/tmp"),
            blobs: blobs)
    }

    /// The newest first.
    func listedRuns() async throws -> [ListedRun] { try await runs.list(limit: Self.runLimit) }

    /// The newest first.
    func unfinishedRuns() async throws -> [ListedRun] { try await runs.unfinished() }

    /// What a run was made of; nil when nobody can read it any more.
    func plan(ofRun text: String) async throws -> RunPlan? {
        let listed = try await runs.find(text)
        let creation = try await runs.creation(of: listed.id)
        return try creation.definition(in: blobs).map { RunPlan($0) }
    }

    /// A run as it stands now; nil when nobody can read it any more.
    func state(ofRun text: String) async throws -> RunState? {
        try await runs.state(of: try await runs.find(text).id, in: blobs)
    }

    func artifacts(ofRun text: String) async throws -> [ListedArtifact] {
        try await runs.artifacts(of: try await runs.find(text).id)
    }
}
