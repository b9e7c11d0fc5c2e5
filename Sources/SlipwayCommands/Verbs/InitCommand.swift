import ArgumentParser
import Domain
import Glibc
import OCI
import Storage
import Workflows

/// `slipway init [DIR]`: a first workflow for the project in a folder.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented workflow for the project in a folder.",
        discussion: """
            What the folder holds is told by its files, such as go.mod or package.json. On
            a terminal two questions are asked; with --yes, or elsewhere, the defaults are
            taken.
            A file that is there is never replaced without --force.
            """)

    @Argument(help: "The project's folder.", completion: .directory)
    var directory = "."

    @Option(name: .long, help: "What it is a project of, in the place of what its files tell.")
    var template: ProjectKind?

    @Flag(name: .shortAndLong, help: "Ask nothing.")
    var yes = false

    @Flag(name: .long, help: "Replace a workflow file that is there.")
    var force = false

    @OptionGroup var options: OutputOptions

    func run() throws {
        let file = directory == "." ? StarterFile.name : "\(directory)/\(StarterFile.name)"
        let starter = try prepare(file)
        let text = starter.text
        let findings = WorkflowFile.parse(Array(text.utf8), checks: LocalLint().checks).diagnostics
        guard findings.isEmpty else {
            throw CommandFailure(
                message: findings.map { $0.rendered(file: file) }.joined(separator: "\n"),
                status: ExitStatus.usage)
        }
        try Self.write(text, to: file, replacing: force)
        options.print(
            table: {
                """
                wrote \(TerminalText.line(file)): a workflow for \(starter.kind.shown)
                next:
                  slipway lint \(file)
                  slipway run \(file)
                """
            },
            json: {
                [
                    "file": .string(file), "name": .string(starter.name),
                    "template": .string(starter.kind.rawValue),
                    "component": .string(starter.component),
                ]
            })
    }

    /// Looks at the folder, and asks where somebody can answer.
    private func prepare(_ file: String) throws -> StarterWorkflow {
        guard Files.exists(directory) else {
            throw CommandFailure(
                message: "there is no folder '\(directory)'", status: ExitStatus.notFound)
        }
        let folder = try Files.realPath(directory)
        guard try Files.status(folder)?.kind == .folder else {
            throw CommandFailure(
                message: "'\(directory)' is no folder", status: ExitStatus.usage)
        }
        if !force, try Files.status(file) != nil {
            throw CommandFailure(
                message: "'\(file)' is there already; --force replaces it",
                status: ExitStatus.failed)
        }
        let names = try Files.list(folder)
        let found = ProjectKind.found(in: names)
        let kind = template ?? found.first?.kind ?? .plain
        let mark = found.first { $0.kind == kind }?.mark
        var name = StarterWorkflow.name(after: Self.lastPart(of: folder))
        var component = kind.component
        if !yes, Console.isTerminal(STDIN_FILENO), Console.isTerminal(STDERR_FILENO) {
            Console.error("\(kind.shown)\(mark.map { " (\($0))" } ?? "")")
            name = StarterWorkflow.name(after: Self.ask("name of the workflow", default: name))
            component = Self.ask("image that its jobs run in", default: component)
        }
        guard Self.isPlain(component), ImageReference(argument: component) != nil else {
            throw CommandFailure(
                message: "'\(component)' is no image; expected [host/]repository[:tag][@digest]",
                status: ExitStatus.usage)
        }
        return StarterWorkflow(
            name: name, kind: kind, mark: mark, component: component,
            isInRepository: Self.isInRepository(folder), jobs: kind.jobs(in: names))
    }

    private static func ask(_ question: String, default fallback: String) -> String {
        Console.draw("\(question) [\(TerminalText.line(fallback))]: ")
        let answer = (readLine() ?? "").utf8.filter { $0 >= 0x20 && $0 != 0x7f }
        return answer.isEmpty ? fallback : String(decoding: answer, as: UTF8.self)
    }

    /// Of what images' names are made, so that it needs no quotes.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "./:@_-".utf8.contains($0)
            }
        }
    }

    private static func lastPart(of path: String) -> String {
        PathText.parts(of: path).last ?? ""
    }

    private static func isInRepository(_ folder: String) -> Bool {
        var path = folder
        while true {
            if Files.exists("\(path)/.git") { return true }
            guard let parent = PathText.parent(of: path) else { return false }
            path = parent
        }
    }

    private static func write(_ text: String, to file: String, replacing: Bool) throws {
        guard !replacing else { return try Files.writeFile(file, text.utf8, mode: 0o644) }
        try Files.open(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644).write(text.utf8)
    }
}
