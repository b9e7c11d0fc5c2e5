import ArgumentParser
import Domain
import Storage
import Workflows

/// `slipway fmt [FILE…]`: workflow files in the common layout.
struct FmtCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Lay workflow files out anew; comments and meaning stay.",
        discussion: """
            Files are indented by two, with one blank behind ':' and '-'; blanks at the
            ends of lines and runs of empty lines go. Quotes, comments and the order of
            keys stay, and so does what block texts hold. A file that would not mean the
            same is left as it is.
              slipway fmt                     slipway.yaml of this folder
              slipway fmt --check *.yaml      list what would change; ends with 1 then
              slipway fmt --diff FILE         show what would change
              slipway fmt - <FILE             standard input to standard output
            """)

    @Argument(
        help: "The files; '-' is standard input. Default: slipway.yaml.",
        completion: .file(extensions: ["yaml", "yml"]))
    var files: [String] = []

    @Flag(name: .long, help: "Change nothing; list the files that would change.")
    var check = false

    @Flag(name: .long, help: "Change nothing; print the changes as a diff.")
    var diff = false

    func run() async throws {
        var problems: [ExitCode] = []
        var hasChanges = false
        for file in files.isEmpty ? [StarterFile.name] : files {
            do {
                if try await format(file) { hasChanges = true }
            } catch {
                let (why, status) = Self.describe(error, file)
                Console.error(TerminalText.line("slipway: \(why)"))
                problems.append(status)
            }
        }
        if problems.contains(ExitStatus.notFound) { throw ExitStatus.notFound }
        if let status = problems.first { throw status }
        if check, hasChanges { throw ExitStatus.failed }
    }

    /// Whether the file is not in the common layout.
    private func format(_ file: String) async throws -> Bool {
        let isInput = file == "-"
        let path = isInput ? "/dev/stdin" : file
        let bytes = try await IOPool.shared.run { try Self.load(path, isInput: isInput) }
        let result = try YAMLFormatter.format(bytes)
        let isChanged = result.bytes != bytes
        if diff, isChanged {
            let changes = LineDiff(old: bytes, new: result.bytes, origins: result.origins)
            Console.print(changes.text(file: file))
        } else if check, isChanged {
            Console.print(file)
        }
        guard !check, !diff else { return isChanged }
        if isInput {
            Console.print(result.bytes)
        } else if isChanged {
            try await IOPool.shared.run { try Self.replace(file, with: result.bytes) }
            Console.error("formatted \(TerminalText.line(file))")
        }
        return isChanged
    }

    private static func load(_ path: String, isInput: Bool) throws -> [UInt8] {
        if !isInput {
            guard Files.exists(path) else {
                throw CommandFailure(
                    message: "there is no file '\(path)'", status: ExitStatus.notFound)
            }
            if try Files.open(path).status().kind == .folder {
                throw CommandFailure(
                    message: "'\(path)' is a folder; expected a workflow file",
                    status: ExitStatus.usage)
            }
        }
        return try Files.readFile(path, limit: 16 << 20)
    }

    /// At once, with the mode and the owner that the file has; a link stays one.
    private static func replace(_ file: String, with bytes: [UInt8]) throws {
        let path = try Files.realPath(file)
        guard let status = try Files.status(path), status.kind == .file else {
            throw CommandFailure(
                message: "'\(file)' is no file that can be replaced", status: ExitStatus.usage)
        }
        let folder = try Files.makeTemporaryFolder(
            prefix: "\(PathText.folder(of: path))/.slipway-fmt")
        do {
            let temporary = "\(folder)/new"
            try Files.writeFile(temporary, bytes)
            let made = try Files.open(temporary)
            let owner = try made.status()
            if owner.owner != status.owner || owner.group != status.group {
                try Files.setOwner(temporary, user: status.owner, group: status.group)
            }
            try made.setMode(status.mode)
            try made.sync()
            try Files.rename(temporary, to: path)
        } catch {
            try Files.removeTree(folder)
            throw error
        }
        try Files.removeTree(folder)
    }

    private static func describe(
        _ error: any Error, _ file: String
    ) -> (why: String, status: ExitCode) {
        switch error {
        case let failure as CommandFailure: return (failure.message, failure.status)
        case let error as StorageError: return (error.description, ExitStatus.errored)
        case let failure as FormatFailure:
            switch failure {
            case .invalid(let findings):
                let first = findings.first?.rendered(file: file) ?? "'\(file)' is not valid"
                return ("\(first); the file is left as it is", ExitStatus.usage)
            case .unsupported(let place, let what):
                return (
                    "\(file):\(place.line):\(place.column): \(what); the file is left as it is",
                    ExitStatus.usage
                )
            case .changesMeaning:
                return (
                    "'\(file)' would not mean the same; it is left as it is, and this is a "
                        + "mistake of slipway", ExitStatus.errored
                )
            }
        default: return ("\(error)", ExitStatus.errored)
        }
    }
}

/// The workflow file that verbs take when none is named.
enum StarterFile {
    static let name = "slipway.yaml"
}
