package import Domain
import Storage
package import Workflows

/// The logs of a home (DESIGN §5, "Logs"): they outlive container and run.
///
/// Each attempt has a folder `RUN/LEG-ATTEMPT`, each of its services one beside it that ends with
/// its name, of segments that only their owner may read. A
/// segment holds 16 MiB of records, one a line (`LogRecord`), and is named after the offset of
/// its first byte in the whole log. Segments only grow, so an offset keeps its meaning.
package struct LogStore: Sendable {
    private let path: String
    private let segmentBytes: Int

    /// `path` is the home's folder for logs; segments are smaller only in tests.
    package init(path: String, segmentBytes: Int = 16 << 20) {
        self.path = path
        self.segmentBytes = segmentBytes
    }

    /// Opens the log of an attempt for writing, and makes it where there is none. A log has one
    /// writer at a time: whoever holds the run's lock.
    ///
    /// With `replays` the source begins again at its first byte, as it does when an attempt is
    /// adopted: what is stored already is not stored twice. Otherwise writing goes on at the end.
    /// `mask` is asked for one mask for each stream.
    package func writer(
        _ id: AttemptID, service: String? = nil, replays: Bool = false, mask: () -> any LogMask
    ) throws -> LogWriter {
        let folder = folder(id, service)
        try Files.makeFolders(folder)
        return try LogWriter(
            folder: folder, segmentBytes: segmentBytes, replays: replays, mask: mask)
    }

    /// Nil when the attempt has no log (yet).
    package func reader(_ id: AttemptID, service: String? = nil) throws -> LogReader? {
        let folder = folder(id, service)
        return try Files.status(folder)?.kind == .folder ? LogReader(folder: folder) : nil
    }

    /// Removes all logs of a run; no logs is success.
    package func remove(run: RunID) throws {
        try Files.removeTree(folder(run))
    }

    /// The numbers of a leg's attempts that have logs, in order.
    package func attempts(of run: RunID, leg: Int) throws -> [Int] {
        guard try Files.status(folder(run)) != nil else { return [] }
        let prefix = "\(leg)-"
        return try Files.list(folder(run)).filter { $0.hasPrefix(prefix) }
            .compactMap { Int($0.dropFirst(prefix.count)) }.sorted()
    }

    private func folder(_ run: RunID) -> String { "\(path)/\(run.text)" }

    private func folder(_ id: AttemptID, _ service: String?) -> String {
        "\(folder(id.run))/\(id.leg)-\(id.number)" + (service.map { "-\($0)" } ?? "")
    }
}
