import ArgumentParser
import Domain
import OCI
import Runs
import Workflows

/// `slipway diff RUN RUN`: what two runs do not have in common.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two runs: file, inputs, digests, states, outputs and times.",
        discussion: "Ends with 0 when nothing but times differs, 1 when something does.")

    @Argument(help: "The first run: its number or id.", completion: Completions.run)
    var first: String

    @Argument(
        help: "The second run: its number, its id, or 'last'.", completion: Completions.run)
    var second = "last"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let left = try await services.runs.store.find(first)
        let right = try await services.runs.store.find(second)
        let difference = RunDifference(
            try await services.runs.load(left.id).state,
            try await services.runs.load(right.id).state)
        options.print(
            table: {
                var table = Table("WHAT", String(left.number), String(right.number))
                for row in difference.rows {
                    table.add(
                        row.what, Shown.line(row.left ?? "-", width: 60),
                        Shown.line(row.right ?? "-", width: 60))
                }
                return table.isEmpty ? "the runs do not differ" : table.text
            },
            json: {
                .array(
                    difference.rows.map {
                        [
                            "what": .string($0.what),
                            "left": $0.left.map(JSONValue.string) ?? .null,
                            "right": $0.right.map(JSONValue.string) ?? .null,
                        ]
                    })
            })
        if difference.rows.contains(where: { !$0.isTime }) { throw ExitStatus.failed }
    }
}

/// Where two runs differ, fact by fact.
struct RunDifference {
    struct Row: Hashable {
        let what: String
        let left: String?
        let right: String?
        /// Times differ always, so they make no difference.
        var isTime = false
    }

    private(set) var rows: [Row] = []

    init(_ left: RunState, _ right: RunState) {
        let (a, b) = (Self.facts(left), Self.facts(right))
        for name in Set(a.keys).union(b.keys).sorted() where a[name] != b[name] {
            rows.append(Row(what: name, left: a[name], right: b[name]))
        }
        let (times, others) = (Self.times(left), Self.times(right))
        for name in Set(times.keys).union(others.keys).sorted() where times[name] != others[name] {
            rows.append(
                Row(what: name, left: times[name], right: others[name], isTime: true))
        }
    }

    private static func facts(_ state: RunState) -> [String: String] {
        var facts = ["state": state.phase.rawValue]
        if let creation = state.creation {
            facts["workflow file"] = creation.definition.description
            facts["source"] = creation.source?.digest.description
            facts["commit"] = creation.commit
            for (name, value) in creation.inputs { facts["input \(name)"] = value.inputText }
            for (name, digest) in creation.images {
                facts["image \(name)"] = digest.description
            }
        }
        for leg in state.plan.legs.indices {
            let label = state.plan.label(leg: leg)
            facts["\(label) state"] = state.legs[leg].state.rawValue
            for (name, value) in state.legs[leg].outputs { facts["\(label).\(name)"] = value }
            for (name, record) in state.legs[leg].artifacts {
                facts["\(label).\(name)"] = record.digest.description
            }
        }
        return facts
    }

    private static func times(_ state: RunState) -> [String: String] {
        var times: [String: String] = [:]
        for leg in state.plan.legs.indices {
            guard let start = state.legs[leg].startedAt, let end = state.legs[leg].endedAt
            else { continue }
            times["\(state.plan.label(leg: leg)) time"] = Shown.duration(end.since(start))
        }
        return times
    }
}
