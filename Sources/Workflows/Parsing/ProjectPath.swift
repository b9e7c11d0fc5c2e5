import Domain

/// A file of a project, by its path from the project's folder: `ci/release.yaml`.
///
/// Never absolute, without `.` and `..`, at most 1,024 bytes.
package struct ProjectPath: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    /// What a single file without a project is called.
    package static let main = ProjectPath(unchecked: "workflow.yaml")
    static let lengthLimit = 1024

    private init(unchecked text: String) {
        description = text
    }

    package init(parsing text: some StringProtocol) throws(ProjectPathError) {
        self.init(unchecked: try Self.normalised(String(text), in: []))
    }

    /// The file that `text` names in this file: relative to the folder that this file is in.
    package func sibling(_ text: some StringProtocol) throws(ProjectPathError) -> ProjectPath {
        let folder = Array(PathText.parts(of: description).dropLast())
        return ProjectPath(unchecked: try Self.normalised(String(text), in: folder))
    }

    private static func normalised(
        _ text: String, in folder: [String]
    ) throws(ProjectPathError) -> String {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { throw .control }
        guard text.utf8.first != UInt8(ascii: "/") else { throw .absolute(text) }
        var parts = folder
        for part in PathText.parts(of: text) {
            switch part {
            case ".": continue
            case "..":
                guard parts.popLast() != nil else { throw .outside(text) }
            default: parts.append(part)
            }
        }
        let path = parts.joined(separator: "/")
        guard !path.isEmpty, text.utf8.last != UInt8(ascii: "/") else { throw .folder(text) }
        guard path.utf8.count <= lengthLimit else { throw .tooLong }
        return path
    }

    package static func < (left: ProjectPath, right: ProjectPath) -> Bool {
        left.description < right.description
    }
}

/// Why a text names no file of a project.
package enum ProjectPathError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty, control, tooLong
    case absolute(String)
    case outside(String)
    case folder(String)

    package var description: String {
        switch self {
        case .empty: "the path is empty"
        case .control: "the path holds a control character"
        case .tooLong: "the path is longer than 1,024 bytes"
        case .absolute(let path):
            "'\(path.prefix(80))' is absolute; expected a path relative to this file"
        case .outside(let path): "'\(path.prefix(80))' leaves the project"
        case .folder(let path): "'\(path.prefix(80))' names a folder; expected a file"
        }
    }
}
