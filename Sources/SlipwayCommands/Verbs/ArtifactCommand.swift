import ArgumentParser
import Domain
import Executors
import Glibc
import OCI
import Runs
import Storage
import Workflows

/// `slipway artifact …`: what runs made.
struct ArtifactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact", abstract: "List and fetch what runs made.",
        subcommands: [ArtifactListCommand.self, ArtifactGetCommand.self])
}

struct ArtifactListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the artifacts of a run.")

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run = "last"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let artifacts = try await services.runs.store.artifacts(of: listed.id)
        options.print(
            table: {
                guard !artifacts.isEmpty else { return "run \(listed.number) made no artifacts" }
                var table = Table("JOB", "NAME", "KIND", "SIZE", "DIGEST")
                for artifact in artifacts {
                    table.add(
                        artifact.job, artifact.name, artifact.record.kind.rawValue,
                        Shown.size(artifact.record.size), artifact.record.digest.description)
                }
                return table.text
            },
            json: {
                .array(
                    artifacts.map {
                        [
                            "job": .string($0.job), "name": .string($0.name),
                            "kind": .string($0.record.kind.rawValue),
                            "size": .integer($0.record.size),
                            "digest": .string($0.record.digest.description),
                        ]
                    })
            })
    }
}

struct ArtifactGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Fetch an artifact of a run.",
        discussion: "A file becomes a file, a folder a folder. Nothing that exists is replaced.")

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run: String

    @Argument(
        help: "The job that made it, such as build.compile or test.unit[2].",
        completion: Completions.makers)
    var job: String

    @Argument(help: "The artifact's name.", completion: Completions.artifacts)
    var name: String

    @Option(name: .customShort("o"), help: "Where it goes (default: its name, here).")
    var path: String?

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let all = try await services.runs.store.artifacts(of: listed.id)
        guard let artifact = all.first(where: { $0.job == job && $0.name == name }) else {
            let known = all.map { "\($0.job) \($0.name)" }
            let hint =
                known.isEmpty
                ? "it made none" : "it made: \(known.prefix(20).joined(separator: ", "))"
            throw CommandFailure(
                message: "run \(listed.number) has no artifact '\(name)' of \(job); \(hint)",
                status: ExitStatus.notFound)
        }
        let target = path ?? name
        guard try Files.status(target) == nil else {
            throw CommandFailure(
                message: "'\(target)' exists already; name another place with -o",
                status: ExitStatus.failed)
        }
        let record = artifact.record
        let blobs = services.blobs
        try await IOPool.shared.run { try ArtifactContent.write(record, from: blobs, to: target) }
        Console.print("\(target)  \(record.digest)  \(Shown.size(record.size))")
    }
}
