import Domain
import Storage
import TestSupport
import Testing

/// Everything that a home, and this machine for it, holds of runs.
extension TestHome {
    /// Names in folders of the home: whatever is there is kept by somebody.
    func content(_ folders: [String]) throws -> [String] {
        try folders.filter { Files.exists("\(path)/\($0)") }.flatMap { folder in
            try Files.list("\(path)/\(folder)").filter { $0 != "images.lock" }
                .map { "\(folder)/\($0)" }
        }
    }

    /// Folders that are empty when there are no runs.
    static let ofRuns = [
        "attempts", "workspaces", "trees", "logs", "locks", "caches/trees", "blobs/tmp",
        "blobs/incoming", "caches/blobs/tmp",
    ]

    /// What this machine has that is called after attempts of some runs, and conmon and mounts of
    /// this home.
    func remains(of runs: Set<String>) throws -> [String] {
        var found = try leftovers()
        func isOurs(_ name: String) -> Bool { runs.contains(String(name.prefix { $0 != "-" })) }
        let controllers = try Files.list("/sys/fs/cgroup").map { "/sys/fs/cgroup/\($0)" }
        for group in (["/sys/fs/cgroup"] + controllers).map({ "\($0)/slipway" })
        where Files.exists(group) {
            found += try Files.list(group).filter(isOurs).map { "\(group)/\($0)" }
        }
        let addresses = "/run/slipway/addresses/slipway"
        for name in Files.exists(addresses) ? try Files.list(addresses) : [] {
            if isOurs(Self.passing("\(addresses)/\(name)")) { found.append("address \(name)") }
        }
        let runtime = try runtimePath()
        for folder in ["workspaces", "mounts"] where Files.exists("\(runtime)/\(folder)") {
            found += try Files.list("\(runtime)/\(folder)").map { "\(folder)/\($0)" }
        }
        return found
    }

    /// Rows of the tables that runs fill.
    func rows() async throws -> [String: Int64] {
        let database = try Database(path: "\(path)/slipway.db")
        let tables = ["runs", "run_events", "run_artifacts", "run_reports", "memos", "caches"]
        return try await database.read { transaction in
            var counts: [String: Int64] = [:]
            for table in tables {
                let count = try transaction.query("SELECT count(*) FROM \(table)").first
                counts[table] = try count?.integer(at: 0)
            }
            return counts.filter { $0.value != 0 }
        }
    }

    /// All runs, newest first: id, number, whether it has ended.
    func listed() async throws -> [(id: String, number: Int64, hasEnded: Bool)] {
        let answer = try await slipway(["runs", "-l", "10000", "-o", "json"])
        return try (JSONParser.parse(answer.output.utf8).arrayValue ?? []).compactMap { run in
            guard let id = run["id"]?.stringValue, let number = run["number"]?.integerValue,
                let state = run["state"]?.stringValue
            else { return nil }
            return (id, number, !["queued", "running", "paused"].contains(state))
        }
    }

    /// `slipway gc -o json`, which must end well.
    @discardableResult
    func gc(
        _ arguments: [String] = ["--older-than", "0s"],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let result = try await slipway(["gc", "-o", "json", "--progress", "quiet"] + arguments)
        #expect(result.code == 0, "\(result.error)", sourceLocation: sourceLocation)
        #expect(result.error == "", sourceLocation: sourceLocation)
        return try JSONParser.parse(result.output.utf8)
    }

    func count(_ kind: String, in report: JSONValue) -> Int64? {
        report["kinds"]?[kind]?["count"]?.integerValue
    }
}
