import Domain

/// The files that a workflow may name besides itself: templates and called workflows.
package struct WorkflowFiles: Sendable {
    package enum Answer: Sendable {
        /// `name`: how findings call the file.
        case found([UInt8], name: String)
        case missing(why: String)
    }

    /// At most as many files, and so many bytes of them, belong to one workflow.
    package static let countLimit = 64
    package static let sizeLimit = 8 << 20

    let read: @Sendable (ProjectPath) -> Answer

    package init(_ read: @escaping @Sendable (ProjectPath) -> Answer) {
        self.read = read
    }

    /// Of a text that stands alone.
    package static let none = WorkflowFiles { _ in
        .missing(why: "this workflow was read without its project")
    }

    /// Files that are at hand.
    package init(_ files: [ProjectPath: [UInt8]]) {
        self.init { path in
            files[path].map { .found($0, name: path.description) }
                ?? .missing(why: "there is no such file")
        }
    }
}

/// How far a workflow reaches through those that it calls.
struct WorkflowExtent {
    /// 0 for one that calls none.
    var height = 0
    /// Its own and theirs, as far as they are known before a run.
    var attempts = 0
}

/// What was read of a workflow's files, each once.
struct WorkflowLibrary {
    struct File {
        let path: ProjectPath
        /// How findings call it; nil for the file that was asked about.
        let name: String?
        let bytes: [UInt8]
        /// Nil when it is no YAML, which was reported.
        let root: YAMLNode?
        /// Made when a hook of the file has a mistake.
        lazy var places = ScalarPlaces(bytes)
    }

    private let source: WorkflowFiles
    private(set) var files: [File] = []
    private var indexes: [ProjectPath: Int] = [:]
    private var size = 0
    /// By file: its templates, once they were read.
    var templates: [Int: [String: JobTemplates.JobTemplate]] = [:]
    /// By file: the workflow in it; nil when it has errors.
    var workflows: [Int: WorkflowDefinition?] = [:]
    /// By file: how far the workflow in it reaches.
    var extents: [Int: WorkflowExtent] = [:]

    init(_ bytes: [UInt8], at path: ProjectPath, root: YAMLNode?, source: WorkflowFiles) {
        self.source = source
        files = [File(path: path, name: nil, bytes: bytes, root: root)]
        indexes[path] = 0
    }

    /// What was read besides the first file.
    var others: [ProjectPath: [UInt8]] {
        Dictionary(files.dropFirst().map { ($0.path, $0.bytes) }, uniquingKeysWith: { $1 })
    }

    func path(of node: YAMLNode) -> ProjectPath { files[node.start.file].path }

    mutating func position(ofLine line: Int, in node: YAMLNode) -> TextPosition {
        files[node.start.file].places.position(ofLine: line, in: node)
    }

    enum Lookup {
        case file(Int)
        case problem(String)
    }

    /// The file's index; it is read, and its mistakes in YAML are added, the first time.
    mutating func index(of path: ProjectPath, _ findings: inout Findings) -> Lookup {
        if let known = indexes[path] { return .file(known) }
        guard files.count <= WorkflowFiles.countLimit else {
            return .problem("a workflow has at most \(WorkflowFiles.countLimit) other files")
        }
        switch source.read(path) {
        case .missing(let why): return .problem("cannot read '\(path)': \(why)")
        case .found(let bytes, let name):
            size += bytes.count
            guard size <= WorkflowFiles.sizeLimit else {
                return .problem("the files of a workflow have at most 8 MiB together")
            }
            let index = files.count
            let (root, problems) = YAMLReader.read(bytes, file: index)
            findings.add(problems)
            files.append(File(path: path, name: name, bytes: bytes, root: root))
            indexes[path] = index
            return .file(index)
        }
    }
}
