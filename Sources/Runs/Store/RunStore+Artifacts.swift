package import Domain
package import OCI
import Storage
package import Workflows

/// One artifact of one leg, as lists show it.
package struct ListedArtifact: Sendable {
    package let leg: Int
    /// `stage.job` or `stage.job[2]`.
    package let job: String
    package let name: String
    package let record: ArtifactRecord
}

extension RunStore {
    static func artifacts(of event: RunEvent, in plan: RunPlan) -> [ListedArtifact] {
        guard case .attemptEnded(let leg, _, let report) = event else { return [] }
        return report.artifacts.map { name, record in
            ListedArtifact(leg: leg, job: plan.label(leg: leg), name: name, record: record)
        }
    }

    static func insert(
        _ artifact: ListedArtifact, of id: RunID, in namespace: NamespaceID,
        _ transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT OR REPLACE INTO run_artifacts
            (run_id, leg, name, namespace_id, job, kind, digest, size, is_executable)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(id.text), .integer(Int64(artifact.leg)), .text(artifact.name),
                .integer(namespace.value), .text(artifact.job),
                .text(artifact.record.kind.rawValue),
                .text(artifact.record.digest.description), .integer(artifact.record.size),
                .integer(artifact.record.isExecutable ? 1 : 0),
            ])
    }

    /// Notes which blobs a run keeps as reports; what they say stands in its events.
    static func insert(
        reports events: [RecordedEvent], of id: RunID, in namespace: NamespaceID,
        _ transaction: Transaction
    ) throws {
        for case .attemptEnded(_, _, let report) in events.map(\.event) {
            for digest in Set(report.reports.map(\.digest)) {
                try transaction.execute(
                    """
                    INSERT OR IGNORE INTO run_reports (run_id, digest, namespace_id)
                    VALUES (?, ?, ?)
                    """,
                    [.text(id.text), .text(digest.description), .integer(namespace.value)])
            }
        }
    }

    /// Whether a run keeps a blob: as an artifact, a report, its source or its workflow file.
    package func needs(_ digest: Digest) async throws -> Bool {
        let text = digest.description
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT 1 FROM run_artifacts WHERE digest = ?1
                UNION ALL SELECT 1 FROM run_reports WHERE digest = ?1
                UNION ALL SELECT 1 FROM run_events WHERE sequence = 1 AND (
                    instr(CAST(body AS TEXT), '"definition":"' || ?1 || '"') > 0
                    OR instr(CAST(body AS TEXT), '"digest":"' || ?1 || '"') > 0)
                LIMIT 1
                """,
                [.text(text)])
        }
        return !rows.isEmpty
    }

    /// Whether jobs of a run that has not ended run in an image.
    package func isUnfinished(using manifest: Digest) async throws -> Bool {
        try await database.read { transaction in
            try !transaction.query(
                """
                SELECT 1 FROM runs JOIN run_events ON run_id = id AND sequence = 1
                WHERE state IN ('queued', 'running', 'paused')
                AND instr(CAST(body AS TEXT), '"' || ? || '"') > 0 LIMIT 1
                """,
                [.text(manifest.description)]
            ).isEmpty
        }
    }

    /// What a run made, in the order of its legs.
    package func artifacts(of id: RunID) async throws -> [ListedArtifact] {
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT leg, job, name, kind, digest, size, is_executable
                FROM run_artifacts WHERE run_id = ? ORDER BY leg, name
                """,
                [.text(id.text)])
        }
        return try rows.map { row in
            let record = ArtifactRecord(
                kind: ArtifactRecord.Kind(rawValue: try row.text(at: 3)) ?? .file,
                digest: try Digest(parsing: try row.text(at: 4)),
                size: try row.integer(at: 5), isExecutable: try row.integer(at: 6) != 0)
            return ListedArtifact(
                leg: Int(try row.integer(at: 0)), job: try row.text(at: 1),
                name: try row.text(at: 2), record: record)
        }
    }
}
