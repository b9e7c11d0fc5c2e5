import Domain
import Glibc
import Storage
import Workflows

/// What a run may take its source from on this machine: folders of its workflow's project
/// (docs/decisions/0008), and what whoever runs it allows (docs/decisions/0030). Nothing is looked
/// at before a source needs it.
struct SourceBounds: Sendable {
    /// The workflow file on this machine, and where it is in its project.
    let file: String
    let path: ProjectPath
    /// Folders that are there.
    let allowed: [String]
    /// Whose source it is: nobody can allow a called workflow anything.
    var isCalled = false

    /// Where the workflow file is: what it names is relative to this.
    func folder() throws -> String { PathText.folder(of: try Files.realPath(file)) }

    /// Opens a folder that a workflow names.
    func open(_ named: String) throws -> OpenFile {
        let folder = try Files.open(try absolute(named), O_RDONLY | O_DIRECTORY)
        // Of what was opened: a link may have been put in its place since any look before.
        let real = try Self.realPath(of: folder)
        let project = try project()
        guard try holds([project] + allowed, real) else {
            throw RunsError.source(
                "'\(named)' is '\(real)', outside of the workflow's project '\(project)'; "
                    + remedy(real))
        }
        return folder
    }

    /// Of repositories on this machine only those that are allowed: one of a project may lead Git
    /// to any other (gitfiles, alternates, common folders; gitrepository-layout(5)).
    func check(_ address: GitAddress) throws {
        guard address.scheme == .file else { return }
        let named = String(address.description.dropFirst("file://".utf8.count))
        // Git would take '%2e' for a dot.
        guard !named.contains("%") else {
            throw RunsError.source("'\(address)' has a '%'; expected a path as it is")
        }
        let real = try Files.realPath(try absolute(named))
        guard try holds(allowed, real) else {
            throw RunsError.source("'\(address)' is on this machine; \(remedy(real))")
        }
        // Git would try the same name with '.git' behind it.
        guard Files.exists("\(real)/.git") || Files.exists("\(real)/HEAD") else {
            throw RunsError.source("'\(address)' is no repository")
        }
    }

    /// Where a descriptor leads, whatever stands at its path now.
    static func realPath(of file: OpenFile) throws -> String {
        try Files.realPath("/proc/self/fd/\(file.descriptor)")
    }

    private func project() throws -> String {
        let real = try Files.realPath(file)
        return PathText.folder(of: real, before: path.description) ?? PathText.folder(of: real)
    }

    private func absolute(_ named: String) throws -> String {
        let path =
            PathText.isAbsolute(named) ? named : PathText.path(of: named, in: try folder())
        guard Files.exists(path) else {
            throw RunsError.source("there is no folder '\(path)'")
        }
        return path
    }

    private func holds(_ folders: [String], _ path: String) throws -> Bool {
        try folders.contains {
            PathText.rest(of: path, below: try Files.realPath($0)) != nil
        }
    }

    private func remedy(_ path: String) -> String {
        isCalled
            ? "a called workflow takes nothing else of this machine"
            : "let this run take it with: --allow-source \(ShellWord.quoted(path))"
    }
}

extension SourceBounds {
    init(_ request: RunRequest) {
        self.init(
            file: request.file, path: request.path, allowed: request.allowedSources,
            isCalled: request.call != nil)
    }
}
