import Domain
import Runs
import Storage
import Workflows

/// One test file with its workflow: read, checked, and played.
struct TestSuite {
    let file: String
    /// As the test file names it, seen from here.
    let workflow: String
    private(set) var results: [CaseResult] = []
    private(set) var coverage: BranchCoverage
    private let cases: [TestCase]
    private let definition: WorkflowDefinition

    private static let casesAtOnce = 8

    /// Nil when the file or its workflow is not valid; `report` hears of everything that is wrong,
    /// with the file in which it stands.
    static func read(
        _ file: String, filter: String?, report: (_ file: String, Diagnostic) -> Void
    ) async throws -> TestSuite? {
        let text = TestFile(try Files.readFile(file, limit: 16 << 20))
        guard let named = text.workflow else {
            text.diagnostics.forEach { report(file, $0) }
            return nil
        }
        let path = Self.path(of: named.value, besides: file)
        guard let status = try Files.status(path), status.kind != .folder else {
            text.diagnostics.forEach { report(file, $0) }
            report(
                file,
                Diagnostic(
                    .error, rule: LintRule.invalidPath.rawValue, at: named.position,
                    "there is no workflow '\(path)'",
                    hint: "the path is relative to the test file"))
            return nil
        }
        let workflow = try await WorkflowText.read(path, images: nil)
        guard let definition = workflow.outcome.definition else {
            text.diagnostics.forEach { report(file, $0) }
            workflow.outcome.diagnostics.forEach { report(path, $0) }
            if !workflow.outcome.hasErrors {
                report(
                    file,
                    Diagnostic(
                        .error, rule: LintRule.invalidPath.rawValue, at: named.position,
                        "'\(path)' is a file of templates; expected a workflow"))
            }
            return nil
        }
        let (cases, diagnostics) = text.cases(for: RunPlan(definition))
        diagnostics.forEach { report(file, $0) }
        guard !diagnostics.contains(where: { $0.severity == .error }) else { return nil }
        return TestSuite(
            file: file, workflow: path,
            cases: cases.filter { test in filter.map { test.name.contains($0) } ?? true },
            definition: definition)
    }

    private init(
        file: String, workflow: String, cases: [TestCase], definition: WorkflowDefinition
    ) {
        self.file = file
        self.workflow = workflow
        self.cases = cases
        self.definition = definition
        coverage = BranchCoverage(definition)
    }

    private static func path(of workflow: String, besides file: String) -> String {
        guard !PathText.isAbsolute(workflow), let folder = PathText.parent(of: file) else {
            return workflow
        }
        return PathText.path(of: workflow, in: folder)
    }

    var failures: Int { results.count { !$0.isPassed } }

    /// Plays the cases, a few at once; results keep the order of the file.
    mutating func run(_ hooks: LuaHooks) async {
        let (cases, definition) = (cases, definition)
        var coverage = coverage
        let results = await withTaskGroup(of: (index: Int, result: CaseResult).self) { group in
            var found: [Int: CaseResult] = [:]
            func take(_ done: (index: Int, result: CaseResult)) {
                if let result = done.result.result { coverage.add(result) }
                found[done.index] = done.result
                found[done.index]?.result = nil
            }
            for (index, test) in cases.enumerated() {
                if index >= Self.casesAtOnce, let done = await group.next() { take(done) }
                group.addTask {
                    let result = await CaseResult.of(
                        test, definition: definition, hooks: hooks,
                        masking: { try RunMasker($0) })
                    return (index, result)
                }
            }
            while let done = await group.next() { take(done) }
            return cases.indices.compactMap { found[$0] }
        }
        self.results = results
        self.coverage = coverage
    }
}

/// Finds test files.
enum TestFiles {
    static let suffixes = [".test.yaml", ".test.yml"]
    private static let depthLimit = 16

    /// Files as they are named; of folders, all test files below them, in order. What begins with
    /// a dot is passed over.
    static func find(_ paths: [String]) throws -> [String] {
        var files: [String] = []
        for path in paths {
            guard let status = try Files.status(path) else {
                throw CommandFailure(
                    message: "there is no file '\(path)'", status: ExitStatus.notFound)
            }
            if status.kind == .folder {
                try search(path, depth: 0, into: &files)
            } else {
                files.append(path)
            }
        }
        return files
    }

    private static func search(
        _ folder: String, depth: Int, into files: inout [String]
    ) throws {
        guard depth < depthLimit else { return }
        for name in try Files.list(folder).sorted() where !name.hasPrefix(".") {
            let start = folder == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
            let path = start + name
            let isTest = suffixes.contains { name.hasSuffix($0) }
            switch try Files.status(path)?.kind {
            case .folder?: try search(path, depth: depth + 1, into: &files)
            case .file? where isTest: files.append(path)
            default: break
            }
        }
    }
}
