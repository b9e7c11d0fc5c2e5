import Domain
import Storage
import Workflows

/// What a run may take its source from on this machine: folders of its workflow's project
/// (docs/decisions/0008), and what whoever runs it allows (docs/decisions/0030).
struct SourceBounds: Sendable {
    private let project: String
    private let allowed: [String]
    /// Where the workflow file is: what it names is relative to this.
    let folder: String

    /// `file`: the workflow file on this machine; `path`: where it is in its project; `allowed`:
    /// folders that are there.
    init(file: String, path: ProjectPath, allowed: [String]) throws {
        let real = try Files.realPath(file)
        folder = Self.folder(of: real)
        let end = "/\(path)"
        let top = real.hasSuffix(end) ? String(real.dropLast(end.utf8.count)) : folder
        project = top.isEmpty ? "/" : top
        self.allowed = try allowed.map(Files.realPath)
    }

    /// The real path of a folder that a workflow names.
    func path(_ named: String) throws -> String {
        let real = try realPath(named)
        guard Self.holds([project] + allowed, real) else {
            throw RunsError.source(
                "'\(named)' is '\(real)', outside of the workflow's project '\(project)'; "
                    + Self.remedy(real))
        }
        return real
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
        let real = try realPath(named)
        guard Self.holds(allowed, real) else {
            throw RunsError.source(
                "'\(address)' is on this machine; " + Self.remedy(real))
        }
    }

    private func realPath(_ named: String) throws -> String {
        let path = named.hasPrefix("/") ? named : "\(folder)/\(named)"
        guard try Files.status(path) != nil else {
            throw RunsError.source("there is no folder '\(path)'")
        }
        return try Files.realPath(path)
    }

    private static func holds(_ folders: [String], _ path: String) -> Bool {
        folders.contains { $0 == "/" || path == $0 || path.hasPrefix("\($0)/") }
    }

    private static func remedy(_ path: String) -> String {
        "let this run take it with: --allow-source \(ShellWord.quoted(path))"
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}

extension SourceBounds {
    init(_ request: RunRequest) throws {
        try self.init(
            file: request.file, path: request.path, allowed: request.allowedSources)
    }
}
