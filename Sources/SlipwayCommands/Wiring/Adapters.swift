import Domain
import OCI
import Registry
import Runs
import Scripting
import Secrets
import Workflows

/// Components by the images of this home.
struct StoredImages: ImageResolver {
    let store: ImageStore

    func manifest(
        for reference: ImageReference
    ) async throws -> (digest: Digest?, hint: String) {
        do {
            return (try await store.resolve(reference), "")
        } catch RegistryError.noSuchImage(_, let nearest) {
            return (nil, Self.hint(reference, nearest))
        }
    }

    static func hint(_ reference: ImageReference, _ nearest: String?) -> String {
        let guess = nearest.map { "did you mean '\($0)'? " } ?? ""
        return guess + "'slipway image import FILE \(reference)' brings one in"
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
    /// Components that are here, by their text.
    private(set) var manifests: [String: ComponentLookup] = [:]

    /// Without a home: Lua alone is checked.
    init() {}

    /// Looks up every component of a file. One that is missing is for the caller to tell: the
    /// linter says it as an error of the file.
    init(components: [ImageReference], in store: ImageStore) async throws {
        for reference in components where manifests[reference.description] == nil {
            do {
                let configuration = try await store.inspect(reference).configuration
                let label = configuration.labels[ComponentManifest.label]
                manifests[reference.description] = .found(
                    try label.map { try ComponentManifest(parsing: $0) })
            } catch RegistryError.noSuchImage(_, let nearest) {
                manifests[reference.description] = .missing(
                    hint: StoredImages.hint(reference, nearest))
            } catch is ImageError {
                // A label that is not a manifest: a plain image for all that the linter knows.
                manifests[reference.description] = .unknown
            }
        }
    }

    var checks: LintChecks {
        var checks = LintChecks(
            script: Self.problem, timeZone: { MachineTimeZones.lookup($0) })
        let manifests = manifests
        if !manifests.isEmpty {
            checks.component = { reference in manifests[reference.description] ?? .unknown }
        }
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
}
