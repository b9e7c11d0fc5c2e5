import ArgumentParser
import Domain
import OCI
import Registry
import Storage
import Workflows

/// When a run pulls its components.
enum PullPolicy: String, ExpressibleByArgument, CaseIterable {
    case missing, always, never
}

struct PullOptions: ParsableArguments {
    @Option(help: "When components with a host are pulled: missing, always or never.")
    var pull = PullPolicy.missing

    @OptionGroup var registry: RegistryFlags
}

/// Brings the components of a workflow into this home.
struct Components {
    let services: HomeServices
    let options: PullOptions
    let progress: ProgressKind

    /// Pulls what has a host and is not here, or all that has one. Nothing is pulled for a
    /// workflow that lacks a component without a host: it would not run anyway.
    func bring(_ definition: WorkflowDefinition, of file: String) async throws {
        let images = Self.unique(definition)
        guard options.pull != .never else { return }
        for image in images where image.reference.host == nil {
            if try await !isHere(image) { return }
        }
        for image in images where image.reference.host != nil {
            // An image that cannot run here is not worth the wait.
            if let platform = image.platform, !BinaryFormats.canRun(platform) { continue }
            if options.pull != .always, try await isHere(image) { continue }
            do {
                _ = try await pulls(for: [image.reference]).pull(
                    PullRequest(image.reference, platform: image.platform ?? .current))
            } catch let error as RegistryError {
                throw Self.failure(error, image, definition, file)
            }
        }
    }

    /// Which component could not be brought in, and the line that asks for it. One of a called
    /// file has no line here.
    private static func failure(
        _ error: RegistryError, _ image: ComponentImage, _ definition: WorkflowDefinition,
        _ file: String
    ) -> CommandFailure {
        let position = definition.components.first { $0.value == image }?.position
        let place = position.flatMap { $0.file == 0 ? "\(file):\($0.line):\($0.column): " : nil }
        let hint =
            if case .unreachable = error {
                "; without a network: slipway image import FILE \(image.reference)"
            } else {
                ""
            }
        let name = image.reference.description
        // Some of these begin with the name themselves.
        let what = error.description.hasPrefix(name) ? "" : "\(name): "
        return CommandFailure(
            message: (place ?? "") + what + error.description + hint,
            status: SlipwayCommand.status(of: error))
    }

    private func pulls(for references: [ImageReference]) throws -> Pulls {
        Pulls(
            services: services,
            access: try options.registry.access(services, for: references), progress: progress)
    }

    private func isHere(_ image: ComponentImage) async throws -> Bool {
        do {
            _ = try await services.images.resolve(image.reference, platform: image.platform)
            return true
        } catch RegistryError.noSuchImage {
            return false
        } catch RegistryError.otherPlatform {
            return false
        }
    }

    /// Each once, in the order of the file.
    static func unique(_ definition: WorkflowDefinition) -> [ComponentImage] {
        var seen: Set<ComponentImage> = []
        return definition.components.map(\.value).filter { seen.insert($0).inserted }
    }
}

// MARK: Locked

extension Components {
    /// The manifests that the lock file's digests mean, by the names under which a run records
    /// them; pulled by digest where they are not here. Anything else is refused.
    func locked(
        _ definition: WorkflowDefinition, by lock: LockFile, file: String
    ) async throws -> [String: Digest] {
        let images = Self.unique(definition)
        var problems = Self.differences(images.map(\.reference), lock)
        var digests: [String: Digest] = [:]
        if problems.isEmpty {
            for image in images {
                guard let wanted = lock.components[image.reference.description] else { continue }
                do {
                    digests[image.description] = try await manifest(of: image, wanted)
                } catch RegistryError.noSuchImage {
                    problems.append(try await difference(image.reference, wanted))
                }
            }
        }
        guard problems.isEmpty else {
            throw CommandFailure(
                message: "'\(file)' does not run as '\(LockFile.path(of: file))' says:\n"
                    + problems.map { "  \($0)" }.joined(separator: "\n")
                    + "\n'slipway lock \(file)' writes what is here now",
                status: ExitStatus.usage)
        }
        return digests
    }

    private func manifest(of image: ComponentImage, _ wanted: Digest) async throws -> Digest {
        let reference = image.reference
        let exact = ComponentImage(
            ImageReference(
                host: reference.host, repository: reference.repository, tag: nil, digest: wanted),
            platform: image.platform)
        if reference.host != nil, options.pull != .never, try await !isHere(exact) {
            _ = try await pulls(for: [reference]).pull(
                PullRequest(exact.reference, platform: image.platform ?? .current))
        }
        return try await services.images.resolve(exact.reference, platform: image.platform)
    }

    /// Components that only one of the two has.
    static func differences(_ references: [ImageReference], _ lock: LockFile) -> [String] {
        let names = Set(references.map(\.description))
        let locked = Set(lock.components.keys)
        return names.subtracting(locked).sorted().map { "+ \($0): is not in the lock file" }
            + locked.subtracting(names).sorted().map { "- \($0): is not in the workflow" }
    }

    private func difference(_ reference: ImageReference, _ wanted: Digest) async throws -> String {
        let here: String
        do {
            here = "means \(try await services.images.root(of: reference)) here"
        } catch RegistryError.noSuchImage {
            here = "is not here"
        }
        return "~ \(reference): locked to \(wanted), which is not here; the name \(here)"
    }
}
