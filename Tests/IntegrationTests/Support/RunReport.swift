import Domain
import TestSupport
import Testing

/// What `slipway run -o json` said of a run.
struct RunReport {
    let code: Int32
    let document: JSONValue
    /// Standard error: progress and complaints.
    let error: String

    init(_ result: ProgramResult) throws {
        code = result.code
        error = result.error
        // A run that was refused has no document.
        document = result.output.isEmpty ? .null : try JSONParser.parse(result.output.utf8)
    }

    var state: String? { document["state"]?.stringValue }
    var reason: String? { document["reason"]?.stringValue }
    var id: String? { document["id"]?.stringValue }
    var number: Int64? { document["number"]?.integerValue }

    /// A job by its label, such as `test.unit` or `test.unit[2]`.
    func job(
        _ label: String = "work.it", sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JobReport {
        let jobs = (document["jobs"]?.arrayValue ?? []).map(JobReport.init)
        return try #require(
            jobs.first { $0.label == label }, "no job \(label): \(code), \(error)",
            sourceLocation: sourceLocation)
    }

    /// `label state` of every job, in order.
    var states: [String] {
        (document["jobs"]?.arrayValue ?? []).map(JobReport.init).map {
            "\($0.label) \($0.state ?? "?")"
        }
    }

    func stage(_ name: String) -> String? {
        (document["stages"]?.arrayValue ?? []).first { $0["name"]?.stringValue == name }?["state"]?
            .stringValue
    }
}

/// One entry of `jobs`.
struct JobReport {
    let document: JSONValue

    init(_ document: JSONValue) {
        self.document = document
    }

    var label: String {
        let shard = document["leg"]?.integerValue.map { "[\($0)]" } ?? ""
        return "\(document["stage"]?.stringValue ?? "?").\(document["job"]?.stringValue ?? "?")"
            + shard
    }
    var state: String? { document["state"]?.stringValue }
    var reason: String? { document["reason"]?.stringValue }
    var exitCode: Int64? { document["exitCode"]?.integerValue }
    var attempts: Int64? { document["attempts"]?.integerValue }
    var outputs: [String: JSONValue] { document["outputs"]?.objectValue ?? [:] }

    func output(_ name: String) -> String? { outputs[name]?.stringValue }
    func digest(of artifact: String) -> String? {
        document["artifacts"]?[artifact]?["digest"]?.stringValue
    }
}
