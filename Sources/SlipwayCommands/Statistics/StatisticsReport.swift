import Domain
import Workflows

/// Statistics for people and for programs.
struct StatisticsReport {
    let statistics: RunStatistics
    /// Nil for all.
    let workflow: String?
    let isUTF8: Bool

    private static let slowLimit = 10
    private static let flakyLimit = 10
    private static let reasonLimit = 5
    private static let chartWidth = 40

    var text: String {
        guard statistics.count > 0 else {
            let which = workflow.map { " of '\(TerminalText.line($0))'" } ?? ""
            return "no run\(which) has ended yet; 'slipway runs' lists all"
        }
        var parts = [head()]
        let slow = slowTable()
        if !slow.isEmpty { parts.append("SLOWEST JOBS\n" + slow.text) }
        let flaky = flakyTable()
        if !flaky.isEmpty { parts.append("FLAKY JOBS\n" + flaky.text) }
        let reasons = reasonTable()
        if !reasons.isEmpty { parts.append("WHY RUNS FAILED\n" + reasons.text) }
        if statistics.isCut { parts.append("(there were more jobs or reasons than are kept)") }
        return parts.joined(separator: "\n\n")
    }

    private func head() -> String {
        let name = workflow.map { "workflow \(TerminalText.line($0))" } ?? "all workflows"
        var lines = ["\(name): \(statistics.count) run\(statistics.count == 1 ? "" : "s")"]
        if let oldest = statistics.oldest, let newest = statistics.newest {
            lines[0] += ", \(oldest) to \(newest)"
        }
        let order: [RunPhase] = [.succeeded, .failed, .errored, .cancelled]
        let counts = order.compactMap { phase in
            statistics.phases[phase].map { "\($0) \(phase.rawValue)" }
        }.joined(separator: ", ")
        if let rate = statistics.successRate {
            let bar = Sparkline.bar(rate, width: 20, isUTF8: isUTF8)
            lines.append("  success  \(Int((rate * 100).rounded()))%  \(bar)  \(counts)")
        } else {
            lines.append("  success  -  \(counts)")
        }
        if statistics.durations.count > 0 {
            let times = Self.times(statistics.durations)
            let chart = Sparkline.text(
                statistics.recent.reversed(), width: Self.chartWidth, isUTF8: isUTF8)
            lines.append("  time     p50 \(times[0])  p95 \(times[1])  max \(times[2])")
            lines.append("           \(chart)  oldest to newest")
        }
        return lines.joined(separator: "\n")
    }

    private static func time(_ milliseconds: Int64?) -> String {
        milliseconds.map { Shown.duration(.milliseconds($0)) } ?? "-"
    }

    private static func times(_ samples: Samples) -> [String] {
        [
            time(samples.percentile(50)), time(samples.percentile(95)),
            time(samples.count > 0 ? samples.longest : nil),
        ]
    }

    private func slowTable() -> Table {
        var table = Table("JOB", "TIMES", "P50", "P95", "MAX", "FAILED", "")
        let slowest = statistics.slowest.prefix(Self.slowLimit)
        let most = slowest.first.flatMap { $0.durations.percentile(95) } ?? 0
        for job in slowest {
            let times = Self.times(job.durations)
            let share = Double(job.durations.percentile(95) ?? 0) / Double(max(1, most))
            table.add(
                job.key, String(job.durations.count), times[0], times[1], times[2],
                String(job.failed), Sparkline.bar(share, width: 12, isUTF8: isUTF8))
        }
        return table
    }

    private func flakyTable() -> Table {
        var table = Table("JOB", "BOTH WAYS", "AFTER RETRY", "SUCCEEDED", "FAILED")
        for job in statistics.flaky.prefix(Self.flakyLimit) {
            table.add(
                job.key, String(job.contradictions), String(job.rescued), String(job.succeeded),
                String(job.failed))
        }
        return table
    }

    private func reasonTable() -> Table {
        var table = Table("RUNS", "REASON")
        for reason in statistics.commonReasons.prefix(Self.reasonLimit) {
            table.add(String(reason.count), reason.text)
        }
        return table
    }

    // MARK: JSON

    var json: JSONValue {
        let phases = statistics.phases.map { ($0.key.rawValue, JSONValue.integer(Int64($0.value))) }
        return [
            "workflow": workflow.map(JSONValue.string) ?? .null,
            "runs": .integer(Int64(statistics.count)),
            "states": .object(Dictionary(phases) { $1 }),
            "successRate": statistics.successRate.map(JSONValue.number) ?? .null,
            "oldest": RunDocument.time(statistics.oldest),
            "newest": RunDocument.time(statistics.newest),
            "seconds": Self.json(statistics.durations),
            "slowest": .array(statistics.slowest.prefix(Self.slowLimit).map(Self.json)),
            "flaky": .array(statistics.flaky.prefix(Self.flakyLimit).map(Self.json)),
            "reasons": .array(
                statistics.commonReasons.prefix(Self.reasonLimit).map { reason -> JSONValue in
                    ["reason": .string(reason.text), "runs": .integer(Int64(reason.count))]
                }),
            "isCut": .boolean(statistics.isCut),
        ]
    }

    private static func json(_ samples: Samples) -> JSONValue {
        func seconds(_ milliseconds: Int64?) -> JSONValue {
            milliseconds.map { .number(Double($0) / 1000) } ?? .null
        }
        return [
            "count": .integer(Int64(samples.count)), "p50": seconds(samples.percentile(50)),
            "p95": seconds(samples.percentile(95)),
            "max": seconds(samples.count > 0 ? samples.longest : nil),
        ]
    }

    private static func json(_ job: RunStatistics.Job) -> JSONValue {
        [
            "job": .string(job.key), "seconds": json(job.durations),
            "succeeded": .integer(Int64(job.succeeded)), "failed": .integer(Int64(job.failed)),
            "bothWays": .integer(Int64(job.contradictions)),
            "afterRetry": .integer(Int64(job.rescued)),
        ]
    }
}
