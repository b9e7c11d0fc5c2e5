import Domain
import Glibc
import Storage
import Workflows

/// The project of a workflow file on this machine: the Git repository around it, or its folder
/// where there is none (docs/decisions/0008).
struct ProjectFiles {
    /// Where the file is in the project.
    let path: ProjectPath
    let files: WorkflowFiles

    init(of file: String) throws {
        let real = try Files.realPath(file)
        let folder = PathText.folder(of: real)
        let root = try Self.root(around: folder) ?? folder
        path = try ProjectPath(parsing: PathText.rest(of: real, below: root) ?? "")
        // Findings name files as the user named the first one.
        let above = PathText.folder(of: file, before: path.description)
        let shown =
            file == path.description ? "" : above.map { $0 == "/" ? "/" : $0 + "/" } ?? root + "/"
        files = WorkflowFiles { Self.read($0, in: root, shown: shown) }
    }

    private static func root(around folder: String) throws -> String? {
        var folder = folder
        while true {
            if try Files.status(folder == "/" ? "/.git" : "\(folder)/.git") != nil { return folder }
            guard folder != "/" else { return nil }
            folder = PathText.folder(of: folder)
        }
    }

    /// Below the root alone: a link that leads out of it is refused by the kernel.
    private static func read(
        _ path: ProjectPath, in root: String, shown: String
    ) -> WorkflowFiles.Answer {
        do {
            let top = try Files.open(root, O_RDONLY | O_DIRECTORY)
            let file = try Files.open(
                beneath: top, path.description, O_RDONLY | O_NONBLOCK, follow: true)
            guard try file.status().kind == .file else { return .missing(why: "it is no file") }
            return .found(
                try file.readAll(limit: WorkflowFiles.sizeLimit), name: shown + path.description)
        } catch StorageError.system(_, _, ENOENT), StorageError.system(_, _, ENOTDIR) {
            return .missing(why: "there is no such file")
        } catch StorageError.system(_, _, EXDEV) {
            return .missing(why: "a link leads out of the project")
        } catch {
            return .missing(why: "\(error)")
        }
    }
}
