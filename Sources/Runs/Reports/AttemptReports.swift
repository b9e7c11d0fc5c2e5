import Storage
import Workflows

/// Reads what an attempt left below `$T_REPORTS`.
struct AttemptReports: Sendable {
    let blobs: BlobStore
    let masker: any Masking

    /// The reports with what they say, and warnings about those that say it badly. No more than
    /// `JUnitReport.failureLimit` failed tests are named, however many files there are.
    func read(
        _ collected: [CollectedReport]
    ) async throws -> (reports: [ReportRecord], warnings: [String]) {
        guard !collected.isEmpty else { return ([], []) }
        let (blobs, masker) = (blobs, masker)
        return try await IOPool.shared.run {
            var reports: [ReportRecord] = []
            var warnings: [String] = []
            var room = JUnitReport.failureLimit
            for file in collected {
                let bytes = try blobs.read(file.digest, limit: ReportParser.sizeLimit)
                var (content, problem) = ReportParser.read(bytes, mask: masker.mask)
                if case .junit(var counts) = content {
                    counts.failures = Array(counts.failures.prefix(room))
                    room -= counts.failures.count
                    content = .junit(counts)
                }
                if let problem {
                    warnings.append("reports: '\(file.path)' is kept, but not read: \(problem)")
                }
                reports.append(
                    ReportRecord(
                        path: masker.mask(file.path), digest: file.digest, size: file.size,
                        content: content))
            }
            return (reports, warnings)
        }
    }
}
