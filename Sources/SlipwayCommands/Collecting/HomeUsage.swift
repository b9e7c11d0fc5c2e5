import Domain
import Storage

/// What a home takes on its disk, by what it is for.
struct HomeUsage: Sendable {
    struct Part: Sendable {
        let name: String
        let bytes: Int64
    }

    private(set) var parts: [Part] = []
    /// What nothing needs: a part of the parts.
    private(set) var unreached: Int64 = 0

    /// With every blob marked. Blocks for as long as counting all files of the home takes.
    init(_ home: Home, blobs: BlobInventory, database: DatabaseSpace) throws {
        func count(_ paths: String...) throws -> Int64 {
            try paths.reduce(0) { $0 + (try Files.diskUse(of: $1).bytes) }
        }
        let stored = blobs.bytes
        parts = [
            Part(name: "images", bytes: stored.images),
            Part(name: "layers", bytes: try count(home.layersPath)),
            Part(name: "runs", bytes: stored.others),
            Part(name: "logs", bytes: try count(home.logsPath)),
            Part(name: "kept", bytes: try count(home.keptPath)),
            Part(name: "caches", bytes: try count(home.cachesPath)),
            Part(name: "trees", bytes: try count(home.treesPath)),
            Part(
                name: "database",
                bytes: try count(
                    home.databasePath, "\(home.databasePath)-wal", "\(home.databasePath)-shm")),
            Part(
                name: "other",
                bytes: stored.unreached
                    + (try count(
                        "\(home.blobsPath)/tmp", "\(home.blobsPath)/incoming", home.attemptsPath,
                        home.workspacesPath))),
        ]
        unreached = stored.unreached + database.free
    }

    var total: Int64 { parts.reduce(0) { $0 + $1.bytes } }

    var table: String {
        var table = Table("HOME", "SIZE")
        for part in parts { table.add(part.name, Shown.size(part.bytes)) }
        table.add("total", Shown.size(total))
        return table.text
    }

    var json: JSONValue {
        var members = Dictionary(parts.map { ($0.name, JSONValue.integer($0.bytes)) }) { $1 }
        members["total"] = .integer(total)
        return .object(members)
    }
}
