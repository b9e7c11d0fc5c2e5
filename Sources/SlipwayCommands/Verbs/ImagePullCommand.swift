import ArgumentParser
import Domain
import Glibc
import OCI
import Registry
import Storage

/// `slipway image pull REF…`: brings images in from their registries.
struct ImagePullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring in images from their registries; refresh tags.",
        discussion: """
            Credentials are those of Podman and Docker ($REGISTRY_AUTH_FILE,
            containers/auth.json, ~/.docker/config.json) with their helpers. Authorities
            are the machine's, those in /etc/containers/certs.d and /etc/docker/certs.d,
            and those that config.yaml names.
            What is here already is not fetched. After Ctrl-C the same command goes on
            where it was.
            Ends with 0, 2 errored, 3 not found, 4 not allowed, 6 unreachable, 7
            interrupted.
            """)

    @Argument(
        help: "The images, with their registry: docker.io/library/busybox:1.36, HOST/NAME@DIGEST.",
        transform: Typed.image)
    var images: [ImageReference]

    @Option(
        name: .customLong("as"),
        help: "A second name for the image here, such as busybox:1 (with one image only).",
        transform: Typed.image)
    var name: ImageReference?

    @Option(
        help: "The platform of a multi-platform image (default: this machine's).",
        transform: Typed.platform)
    var platform: Platform?

    @OptionGroup var registry: RegistryFlags

    @Option(help: "How progress is shown on standard error: auto, tty, plain, json or quiet.")
    var progress = ProgressKind.auto

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if name != nil, images.count > 1 {
            throw ValidationError("--as names one image, and \(images.count) are given")
        }
        if let name, name.digest != nil {
            throw ValidationError("--as is a name with a tag, without a digest")
        }
    }

    func run() async throws {
        let services = try await HomeServices.open()
        let access = try registry.access(services, for: images)
        // What arrived stays, so the process may end at any instant.
        try StopSignals.listen(
            { _ in
                Console.error("slipway: interrupted; the same command goes on where this one was")
                _exit(ExitStatus.cancelled.rawValue)
            }, force: {})
        let pulls = Pulls(services: services, access: access, progress: progress)
        var pulled: [PulledImage] = []
        for image in images {
            pulled.append(
                try await pulls.pull(PullRequest(image, as: name, platform: platform ?? .current)))
        }
        output.print(
            table: { pulled.map(Self.line).joined(separator: "\n") },
            json: { .array(pulled.map(Self.json)) })
    }

    private static func line(_ image: PulledImage) -> String {
        let what = image.isNew ? "pulled" : "up to date"
        let size = Shown.size(image.size)
        let received = image.isNew ? ", \(Shown.size(image.received)) of it received" : ""
        return "\(what) \(image.names.last ?? image.reference)  \(image.root)  \(size)\(received)"
    }

    private static func json(_ image: PulledImage) -> JSONValue {
        [
            "reference": .string(image.reference.description),
            "names": .array(image.names.map { .string($0.description) }),
            "digest": .string(image.root.description),
            "manifest": .string(image.manifest.description),
            "platform": .string(image.platform.description), "size": .integer(image.size),
            "received": .integer(image.received), "isNew": .boolean(image.isNew),
            "warnings": .array(image.warnings.map(JSONValue.string)),
        ]
    }
}
