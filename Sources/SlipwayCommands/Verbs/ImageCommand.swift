import ArgumentParser
import Domain
import OCI
import Registry
import Storage
import Workflows

/// `slipway image …`: the images of this home.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Pull, import, list, inspect and remove images.",
        subcommands: [
            ImagePullCommand.self, ImageImportCommand.self, ImageListCommand.self,
            ImageInspectCommand.self,
            ImageRemoveCommand.self,
        ])
}

/// What people type, with what is wrong with it.
enum Typed {
    @Sendable static func image(_ text: String) throws -> ImageReference {
        do { return try ImageReference(parsing: text) } catch {
            throw ValidationError(error.description)
        }
    }

    @Sendable static func platform(_ text: String) throws -> Platform {
        do { return try Platform(parsing: text) } catch {
            throw ValidationError(error.description)
        }
    }
}

extension ImageReference: ExpressibleByArgument {
    init?(argument: String) {
        do { try self.init(parsing: argument) } catch { return nil }
    }
}

struct ImageImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring in an image: a docker-archive or an OCI layout, as a folder or a tar.",
        discussion: "Every digest is checked; when one does not fit, nothing of it stays.")

    @Argument(help: "The archive or folder.", completion: .file())
    var path: String

    @Argument(
        help: "Its name here, such as gcc:12 (default: the names that it carries).",
        transform: Typed.image)
    var name: ImageReference?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        guard Files.exists(path) else {
            throw CommandFailure(
                message: "there is no file '\(path)'", status: ExitStatus.notFound)
        }
        let services = try await HomeServices.open()
        let imported = try await services.images.import(
            path, as: name, at: HomeServices.now(), uses: services.imageUses)
        for image in imported { ComponentWarnings.print(image.warnings, of: image.reference) }
        options.print(
            table: {
                imported.map { "imported \($0.reference)  \($0.manifest)  \(Shown.size($0.size))" }
                    .joined(separator: "\n")
            },
            json: {
                .array(
                    imported.map {
                        [
                            "reference": .string($0.reference.description),
                            "digest": .string($0.manifest.description),
                            "size": .integer($0.size),
                        ]
                    })
            })
    }
}

/// What is wrong with the manifest of a component, on standard error.
enum ComponentWarnings {
    static func print(_ warnings: [String], of image: ImageReference) {
        for warning in warnings {
            Console.error(TerminalText.line("slipway: warning: \(image): \(warning)"))
        }
    }
}

struct ImageListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the images of this home.")

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let images = try await HomeServices.open().images.list()
        options.print(
            table: {
                guard !images.isEmpty else {
                    return "no images yet; bring one in with: "
                        + "slipway image pull docker.io/library/busybox, "
                        + "or slipway image import FILE"
                }
                var table = Table("IMAGE", "DIGEST", "SIZE", "IMPORTED")
                for image in images {
                    table.add(
                        image.reference.description,
                        Shown.digest(image.root.description), Shown.size(image.size),
                        image.importedAt.description)
                }
                return table.text
            },
            json: {
                .array(
                    images.map {
                        [
                            "reference": .string($0.reference.description),
                            "digest": .string($0.root.description),
                            "manifest": .string($0.manifest.description),
                            "size": .integer($0.size),
                            "importedAt": RunDocument.time($0.importedAt),
                        ]
                    })
            })
    }
}

struct ImageInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show an image's configuration, layers and manifest.")

    @Argument(help: "The image.", completion: Completions.images, transform: Typed.image)
    var image: ImageReference

    @Option(
        help: "The platform of a multi-platform image (default: this machine's).",
        transform: Typed.platform)
    var platform: Platform?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let store = try await HomeServices.open().images
        let root = try await store.root(of: image)
        let (digest, manifest, configuration) = try await store.inspect(
            image, platform: platform)
        let label = configuration.labels[ComponentManifest.label]
        ComponentWarnings.print(ComponentManifest.findings(in: configuration), of: image)
        let component: ComponentManifest?
        do { component = try label.map { try ComponentManifest(parsing: $0) } } catch {
            // It was said in the warnings.
            component = nil
        }
        options.print(
            table: {
                var lines = [
                    "image       \(image)", "digest      \(root)",
                    "manifest    \(digest)",
                    "platform    \(configuration.platform)",
                    Self.row("entrypoint  ", configuration.entrypoint),
                    Self.row("command     ", configuration.command),
                    "user        \(configuration.user.isEmpty ? "root" : configuration.user)",
                ]
                lines += manifest.layers.map { "layer       \($0.digest)  \(Shown.size($0.size))" }
                lines += Self.text(component)
                // Labels say what their makers wanted.
                return lines.filter { !$0.isEmpty }.map(TerminalText.line)
                    .joined(separator: "\n")
            },
            json: {
                .object([
                    "digest": .string(root.description), "manifest": .string(digest.description),
                    "platform": .string(configuration.platform.description),
                    "entrypoint": .array(configuration.entrypoint.map(JSONValue.string)),
                    "command": .array(configuration.command.map(JSONValue.string)),
                    "environment": .array(configuration.environment.map(JSONValue.string)),
                    "user": .string(configuration.user),
                    "labels": .object(configuration.labels.mapValues(JSONValue.string)),
                    "layers": .array(manifest.layers.map(\.json)),
                ])
            })
    }

    /// Empty for what the image does not say.
    private static func row(_ name: String, _ words: [String]) -> String {
        words.isEmpty ? "" : name + words.map(ShellWord.quoted).joined(separator: " ")
    }

    private static func text(_ component: ComponentManifest?) -> [String] {
        guard let component else { return [] }
        var lines = ["component   \(component.description ?? "")"]
        for input in component.inputs {
            let notes = [
                input.type, input.isRequired ? "required" : nil,
                input.defaultValue.map { "default " + ShellWord.quoted($0.inputText ?? "null") },
                input.isSecret ? "secret" : nil, input.description,
            ]
            lines.append(
                "  input     \(input.name)  \(notes.compactMap { $0 }.joined(separator: ", "))")
        }
        lines += component.outputs.map { "  output    \($0.name)  \($0.description ?? "")" }
        return lines
    }
}

struct ImageRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an image; content that no other needs goes too.")

    @Argument(help: "The images.", completion: Completions.images, transform: Typed.image)
    var images: [ImageReference]

    func run() async throws {
        let services = try await HomeServices.open()
        for image in images {
            try await remove(image, services)
            Console.print("removed \(image)")
        }
        try await services.removeUnusedLayers()
    }

    private func remove(_ image: ImageReference, _ services: HomeServices) async throws {
        do {
            try await services.images.remove(image, uses: services.imageUses)
        } catch RegistryError.noSuchImage(_, let nearest) {
            // Whoever removes an image does not want to hear how one is brought in.
            let guess = nearest.map { "did you mean \($0)? " } ?? ""
            throw CommandFailure(
                message: "image \(image) is not in this home; \(guess)"
                    + "'slipway image list' shows those that are here",
                status: ExitStatus.notFound)
        }
    }
}
