import Domain
import OCI
import Workflows

/// One job in the words of a picture: what it runs, how often, and what is special about it.
struct GraphJob {
    enum Kind: String {
        case component, workflow, service
    }

    /// `stage.job`.
    let key: String
    let name: String
    let description: String?
    let kind: Kind
    /// `gcc:12`, `workflow deploy.yaml`, `service deployer.release`.
    let work: String
    /// `5`, or `matrix` where that is known only later; nil for a job of one leg.
    let count: String?
    /// Containers beside it: `db: postgres:15`.
    let services: [String]
    /// `when`, `retry 3`, …
    let marks: [String]

    init(_ job: RunPlan.Job) {
        let definition = job.definition
        key = job.key
        name = definition.name
        description = definition.description
        switch definition.work {
        case .component(let reference, _):
            kind = .component
            work = Self.short(reference.value.reference)
        case .workflow(let called):
            kind = .workflow
            work = "workflow \(called.file.description)"
        case .service(let name):
            kind = .service
            work = "service \(name.value)"
        }
        count = Self.count(job)
        services = definition.services.map {
            "\($0.name): \(Self.short($0.component.value.reference))"
        }
        marks = Self.marks(definition)
    }

    /// ` × 5`, or nothing.
    var times: String { count.map { " × \($0)" } ?? "" }

    private static func count(_ job: RunPlan.Job) -> String? {
        guard job.isMultiple else { return nil }
        return job.definition.hasDynamicMatrix && job.legs.isEmpty
            ? "matrix" : String(job.legs.count)
    }

    private static func marks(_ job: JobDefinition) -> [String] {
        [
            job.condition == nil ? nil : "when",
            job.retry.attempts > 1 ? "retry \(job.retry.attempts)" : nil,
            job.allowFailure ? "may fail" : nil,
            job.before == nil ? nil : "before",
            job.after == nil ? nil : "after",
            job.caches.isEmpty ? nil : "caches",
            job.workspace == .shared ? "shared workspace" : nil,
            job.isolation.network == .none
                ? nil : "network \(job.isolation.network.rawValue)",
            job.isolation.sandbox == .standard
                ? nil : "sandbox \(job.isolation.sandbox.rawValue)",
            job.isolation.isHardened ? "hardened" : nil,
        ].compactMap { $0 }
    }

    /// As people write it: without `library/`, and with the beginning of a digest.
    static func short(_ reference: ImageReference) -> String {
        let text = reference.description
        let name = text.hasPrefix("library/") ? text.dropFirst(8) : text[...]
        guard let at = name.firstIndex(of: "@") else { return String(name) }
        return String(name[..<at]) + "@" + Shown.digest(String(name[name.index(after: at)...]))
    }
}
