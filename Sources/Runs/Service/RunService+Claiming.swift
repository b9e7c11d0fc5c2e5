import Domain
import OCI
import Storage
import Workflows

extension RunService {
    /// Claims what a new run counts on and others may let go meanwhile: its images, whose names may
    /// move, and what a rerun takes over from its old run. From then on it stays until the new run
    /// is recorded (docs/decisions/0020). Refuses a rerun where something of it is gone.
    func claim(_ rerun: Rerun?, source: SourceSnapshot?, images: [String: Digest]) async throws {
        var wanted: [(what: String, digest: Digest)] = []
        if rerun != nil, let source { wanted.append(("its source", source.record.digest)) }
        for (job, reused) in (rerun?.reused ?? [:]).sorted(by: { $0.key < $1.key }) {
            for report in reused.legs {
                wanted += report.artifacts.map { ("the artifact \($0) of \(job)", $1.digest) }
                wanted += report.reports.map { ("the report \($0.path) of \(job)", $0.digest) }
            }
        }
        let number = rerun?.state.creation?.number ?? 0
        let (blobs, needed) = (blobs, wanted)
        let missing = try await IOPool.shared.run { () -> [String] in
            // That an image is gone is said when its job starts.
            for manifest in images.values { _ = try blobs.claim(manifest) }
            return try needed.filter { try !blobs.claim($0.digest) }.map {
                "run \(number) cannot be repeated: \($0.what), \($0.digest), is not here any more"
            }
        }
        guard missing.isEmpty else { throw RunRefusal.invalid(missing) }
    }
}
