import ArgumentParser
import Domain
import Glibc
import OCI
import Registry
import Storage
import Workflows

/// `slipway lock FILE`: writes down what every component means now.
struct LockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Write the digests of a workflow's components to FILE.lock.",
        discussion: """
            'slipway run --locked FILE' then runs these digests and refuses anything else;
            'lint' warns when the lock file and the workflow part. What has a host and is
            not here is pulled first; --pull always refreshes tags.
            """)

    @Argument(help: "The workflow file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @OptionGroup var pull: PullOptions

    @Option(help: "How progress is shown on standard error: auto, tty, plain, json or quiet.")
    var progress = ProgressKind.auto

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let text = try await WorkflowText.read(file, images: nil)
        let definition = try text.valid(orElse: "nothing was written")
        let components = Components(services: services, options: pull, progress: progress)
        try await components.bring(definition, of: file)
        var digests: [String: Digest] = [:]
        for image in Components.unique(definition) {
            digests[image.reference.description] = try await services.images.root(
                of: image.reference)
        }
        let lock = LockFile(components: digests)
        let path = LockFile.path(of: file)
        let old = try await IOPool.shared.run { try Self.read(path) }
        try await IOPool.shared.run { try Self.write(lock.text, to: path) }
        output.print(
            table: { Self.table(lock, over: old, path) },
            json: {
                [
                    "file": .string(path),
                    "components": .object(
                        lock.components.mapValues { .string($0.description) }),
                ]
            })
    }

    /// What stood there before; a file that cannot be read is written anew.
    private static func read(_ path: String) throws -> LockFile {
        guard try Files.status(path) != nil else { return LockFile(components: [:]) }
        return LockFile(parsing: try Files.readFile(path, limit: 16 << 20))
    }

    /// Whole or not at all.
    private static func write(_ text: String, to path: String) throws {
        let aside = "\(path).\(getpid()).tmp"
        do {
            try Files.writeFile(aside, text.utf8, mode: 0o644)
            try Files.rename(aside, to: path)
        } catch {
            try Files.remove(aside)
            throw error
        }
    }

    private static func table(_ lock: LockFile, over old: LockFile, _ path: String) -> String {
        var table = Table("", "COMPONENT", "DIGEST")
        for (name, digest) in lock.components.sorted(by: { $0.key < $1.key }) {
            let before = old.components[name]
            let sign = before == nil ? "+" : before == digest ? "=" : "~"
            table.add(sign, name, digest.description)
        }
        for (name, digest) in old.components.sorted(by: { $0.key < $1.key })
        where lock.components[name] == nil {
            table.add("-", name, digest.description)
        }
        return (table.isEmpty ? "no components" : table.text) + "\nwrote \(path)"
    }
}
