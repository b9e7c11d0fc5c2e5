import CLinux
import Domain
import Glibc
import Storage
package import Workflows

/// What an attempt left, in a folder of its own below the home: `upper` (changes of its root),
/// `work` (of its working folder), `result`, and `record.json`.
package struct KeptState: Sendable {
    package let attempt: KeptAttempt
    package let path: String

    var upperPath: String { "\(path)/upper" }
    /// Changes over source and caches, or all of it where there were none. Not there for one that
    /// shared its working folder.
    var workPath: String { "\(path)/work" }
    var resultPath: String { "\(path)/result" }

    static let recordLimit = 1 << 20

    /// Nil where nothing of this attempt is kept.
    init?(_ id: AttemptID, in folder: String) throws {
        let path = "\(folder)/\(id)"
        let record = "\(path)/record.json"
        guard Files.exists(record) else { return nil }
        let json = try JSONParser.parse(try Files.readFile(record, limit: Self.recordLimit))
        guard let attempt = KeptAttempt(json: json), attempt.id == id else {
            throw ExecutorError.storage("'\(record)' is no record of a kept attempt")
        }
        self.attempt = attempt
        self.path = path
    }

    private init(_ attempt: KeptAttempt, path: String) {
        self.attempt = attempt
        self.path = path
    }

    /// Of an attempt whose disk was limited, all of it.
    static let diskName = "disk"

    /// Readable below its path: a disk is mounted for as long as `folder` is there.
    func mounted(in folder: AttemptFolder) throws -> KeptState {
        let image = "\(path)/\(Self.diskName)"
        guard Files.exists(image) else { return self }
        try Files.makeFolders(folder.keptDiskPath, mode: 0o711)
        try AttemptFolder.mountDisk(image, at: folder.keptDiskPath, isReadOnly: true)
        return KeptState(attempt, path: folder.keptDiskPath)
    }

    /// The same with the owners that the containers of an attempt see, as long as that one has its
    /// folder.
    func shown(in folder: AttemptFolder, _ users: ContainerUsers?) throws -> KeptState {
        let place = folder.shownPath("kept")
        guard let users, try users.show(path, at: place) else { return self }
        return KeptState(attempt, path: place)
    }

    /// Whether there is no record, or one that says nothing in any version.
    static func isBroken(_ id: AttemptID, in folder: String) -> Bool {
        let record = "\(folder)/\(id)/record.json"
        guard Files.exists(record) else { return true }
        do {
            let json = try JSONParser.parse(try Files.readFile(record, limit: recordLimit))
            // What a later version wrote is not for this one to judge.
            guard json["v"]?.integerValue == 1 else { return json["v"]?.integerValue == nil }
            return KeptAttempt(json: json)?.id != id
        } catch StorageError.system {
            // It could not be read just now, which tells nothing of it.
            return false
        } catch {
            return true
        }
    }

    /// What `$T_RESULT_FILE` held.
    func copyResult(to folder: AttemptFolder) throws {
        let file = try Files.open(resultPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        guard try file.status().kind == .file else { return }
        let copy = try Files.open(folder.resultPath, O_WRONLY | O_TRUNC)
        while true {
            let piece = try file.read(1 << 20)
            if piece.isEmpty { return }
            try copy.write(piece)
        }
    }

    /// The working folder as a layer, below a folder with the mode and the owner that it had; nil
    /// for one that was shared.
    func workLayer(for folder: AttemptFolder) throws -> String? {
        guard let status = try Files.status(workPath), status.kind == .folder else { return nil }
        try Files.setMode(folder.workUpperPath, status.mode & 0o7777)
        return workPath
    }

    /// Held while somebody looks into it: nobody removes it then.
    func hold() throws -> OpenFile {
        let gate = try Files.open(path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock_shared(gate.descriptor) == 0 else { throw Files.failure("lock", path) }
        return gate
    }
}
