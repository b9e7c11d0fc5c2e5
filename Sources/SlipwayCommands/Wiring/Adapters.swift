import Domain
import OCI
import Registry
import Runs
import Scripting
import Secrets
import Storage
import Workflows

/// Components by the images of this home.
struct StoredImages: ImageResolver {
    let store: ImageStore

    func manifest(for image: ComponentImage) async throws -> ImageLookup {
        if let platform = image.platform, !BinaryFormats.canRun(platform) {
            return .missing(why: Self.foreign(platform))
        }
        do {
            return .found(try await store.resolve(image.reference, platform: image.platform))
        } catch let error as RegistryError {
            guard let hint = Self.hint(image, error) else { throw error }
            return .missing(why: "is not here; \(hint)")
        }
    }

    /// What to do about a component that is not here; nil for another failure.
    static func hint(_ image: ComponentImage, _ error: RegistryError) -> String? {
        let reference = image.reference
        switch error {
        case .noSuchImage(_, let nearest):
            return reference.howToBringIn(nearest: nearest, for: image.platform)
        case .otherPlatform(_, _, let found):
            let list = found.map(\.description).joined(separator: ", ")
            return "it is here for \(list) alone; "
                + "'\(reference.pull(for: image.platform))' brings in another"
        default: return nil
        }
    }

    /// A platform that nothing on this machine runs.
    static func foreign(_ platform: Platform) -> String {
        "is for \(platform), which this machine (\(Platform.current)) does not run: it has no "
            + "emulator for it; 'apt-get install qemu-user-static binfmt-support' brings them"
    }
}

/// Hooks by the Lua sandbox.
struct LuaHooks: HookEvaluator {
    let sandbox: LuaSandbox

    func evaluate(_ request: HookRequest) async -> HookOutcome {
        let outcome = await sandbox.evaluate(
            LuaRequest(
                name: request.name, kind: request.kind == .condition ? .expression : .chunk,
                source: request.source, readOnly: request.readOnly, writable: request.writable,
                seed: request.seed))
        return switch outcome {
        case .passed(let value, let log): .passed(value, log: log)
        case .failed(let why, let log): .failed(why, log: log)
        case .skipped(let why, let log): .skipped(why, log: log)
        case .lost(let why): .errored(why, log: [])
        }
    }
}

/// What the linter asks of Lua and of the images of a home.
struct LocalLint {
    /// What was found of each component.
    private(set) var manifests: [ComponentImage: ComponentLookup] = [:]

    /// Without a home: Lua alone is checked.
    init() {}

    /// Looks up every component of a file. One that is missing is for the caller to tell: the
    /// linter says it as an error of the file.
    ///
    /// `pulls`: a component with a host that is not here will be brought in by a run.
    init(
        components: [ComponentImage], known: [String: Digest], in store: ImageStore, pulls: Bool
    ) async throws {
        for image in components where manifests[image] == nil {
            // Only a run is about this machine.
            if !pulls, let platform = image.platform, !BinaryFormats.canRun(platform) {
                manifests[image] = .foreign(why: StoredImages.foreign(platform))
                continue
            }
            do {
                let configuration: ImageConfiguration
                if let digest = known[image.description] {
                    configuration = try store.load(digest).1
                } else {
                    configuration = try await store.inspect(
                        image.reference, platform: image.platform
                    ).configuration
                }
                let label = configuration.labels[ComponentManifest.label]
                manifests[image] = .found(try label.map { try ComponentManifest(parsing: $0) })
            } catch let error as RegistryError {
                guard let hint = StoredImages.hint(image, error) else { throw error }
                manifests[image] =
                    pulls && image.reference.host != nil
                    ? .remote(hint: "a run pulls it; \(hint) now") : .missing(hint: hint)
            } catch is ImageError {
                // A label that is not a manifest: a plain image for all that the linter knows.
                manifests[image] = .unknown
            }
        }
    }

    var checks: LintChecks {
        var checks = LintChecks(
            script: Self.problem, timeZone: { MachineTimeZones.lookup($0) })
        let manifests = manifests
        if !manifests.isEmpty {
            checks.component = { image in manifests[image] ?? .unknown }
        }
        checks.isOneUsers = true
        return checks
    }

    @Sendable private static func problem(
        _ source: String, _ kind: ScriptKind
    ) -> ScriptProblem? {
        guard
            let problem = LuaSandbox.problem(
                in: source, kind == .expression ? .expression : .chunk)
        else { return nil }
        return ScriptProblem(line: problem.line, message: problem.message)
    }
}

/// The masker of a run's secrets.
struct RunMasker: Masking {
    private let masker: SecretMasker

    init(_ secrets: [String: Secret]) throws {
        masker = try SecretMasker(secrets)
    }

    var isEmpty: Bool { masker.isEmpty }
    func mask(_ text: String) -> String { masker.mask(text) }
    func secret(in text: String) -> String? { masker.secret(in: text) }
    func logMask() -> any LogMask { masker.isEmpty ? NoMask() : RunLogMask(masker.stream()) }
}

private struct RunLogMask: LogMask {
    private var stream: MaskingStream

    init(_ stream: MaskingStream) {
        self.stream = stream
    }

    mutating func push(_ bytes: [UInt8]) -> [UInt8] { stream.push(bytes) }
    mutating func finish() -> [UInt8] { stream.finish() }
    mutating func cut() -> [UInt8] { stream.cut() }
}
