import Domain
import OCI
package import Workflows

/// An attempt and its repetition, side by side.
package struct Replay: Sendable {
    /// One fact that is not the same.
    package struct Difference: Hashable, Sendable {
        /// `state`, `exit code`, `output NAME` or `artifact NAME`.
        package let what: String
        /// Nil where there is none.
        package let recorded: String?
        package let replayed: String?
    }

    package let recorded: AttemptReport
    package let replayed: AttemptReport

    package init(recorded: AttemptReport, replayed: AttemptReport) {
        self.recorded = recorded
        self.replayed = replayed
    }

    /// State first, then exit code, outputs and artifacts by name.
    package var differences: [Difference] {
        var found: [Difference] = []
        func compare(_ what: String, _ old: String?, _ new: String?) {
            if old != new {
                found.append(Difference(what: what, recorded: old, replayed: new))
            }
        }
        compare("state", recorded.state.rawValue, replayed.state.rawValue)
        compare(
            "exit code", recorded.exitCode.map { String($0) }, replayed.exitCode.map { String($0) })
        for name in Self.names(recorded.outputs, replayed.outputs) {
            compare("output \(name)", recorded.outputs[name], replayed.outputs[name])
        }
        for name in Self.names(recorded.artifacts, replayed.artifacts) {
            compare(
                "artifact \(name)", recorded.artifacts[name].map(Self.text),
                replayed.artifacts[name].map(Self.text))
        }
        return found
    }

    private static func names<Value>(
        _ left: [String: Value], _ right: [String: Value]
    ) -> [String] {
        Set(left.keys).union(right.keys).sorted()
    }

    private static func text(_ record: ArtifactRecord) -> String {
        record.digest.description + (record.isExecutable ? " (executable)" : "")
    }
}

extension RunService {
    /// What came first while an attempt is repeated.
    private enum Step: Sendable {
        case ended(AttemptReport)
        case isOverdue
        case stopped
        case nothing
    }

    /// Runs the program of an attempt again and judges it as it was judged. `show` is given what
    /// it prints, masked; an element of `stops` ends it. Nil when it was stopped.
    ///
    /// Hooks are not run, and what it makes stays in the store alone. The executor's errors are
    /// thrown, masked where it could not be started.
    package func replay(
        _ side: SideAttempt, stops: AsyncStream<Void>,
        show: @Sendable @escaping (LogLine) -> Void
    ) async throws -> AttemptReport? {
        let handle = AttemptHandle(id: side.request.id, startedAt: nil)
        return try await withThrowingTaskGroup(of: Step.self) { group in
            group.addTask { .ended(try await self.drive(side, show)) }
            group.addTask {
                for await _ in stops { return .stopped }
                return .nothing
            }
            var isStopped = false
            while true {
                let step: Step?
                do { step = try await group.next() } catch {
                    // It was to end before it had begun.
                    if isStopped { return nil }
                    throw error
                }
                guard let step else { throw CancellationError() }
                switch step {
                case .ended(let report):
                    group.cancelAll()
                    return isStopped ? nil : report
                case .stopped:
                    isStopped = true
                    await executor.cancel(handle, grace: RunContext.grace)
                case .isOverdue, .nothing: continue
                }
            }
        }
    }

    private func drive(
        _ side: SideAttempt, _ show: @Sendable @escaping (LogLine) -> Void
    ) async throws -> AttemptReport {
        let handle: AttemptHandle
        do { handle = try await executor.start(side.request) } catch {
            throw error.masked(side.masker.message)
        }
        let limit = side.definition.timeout
        let start = handle.startedAt ?? now()
        return try await withThrowingTaskGroup(of: Step.self) { group in
            group.addTask { .ended(try await self.follow(handle, side, show)) }
            group.addTask {
                do { try await Task.sleep(for: limit) } catch { return .nothing }
                return .isOverdue
            }
            var isOverdue = false
            while let step = try await group.next() {
                switch step {
                case .ended(let report):
                    group.cancelAll()
                    // As the run judges: what had ended in time was only slow to be gathered.
                    let end = report.endedAt
                    let isInTime = end.map { $0 < start + limit } ?? false
                    guard isOverdue, !isInTime else { return report }
                    return report.with(.timedOut, StopReason.timedOut(after: limit).text)
                case .isOverdue:
                    isOverdue = true
                    await executor.expire(handle, grace: RunContext.grace)
                case .stopped, .nothing: continue
                }
            }
            throw CancellationError()
        }
    }

    private func follow(
        _ handle: AttemptHandle, _ side: SideAttempt,
        _ show: @Sendable @escaping (LogLine) -> Void
    ) async throws -> AttemptReport {
        let logs = executor.logs(handle)
        let (masker, executor) = (side.masker, executor)
        let parser = try await withThrowingTaskGroup(of: Void.self) { group in
            for service in logs.services {
                // Read, so that its limit holds; nobody compares it.
                group.addTask { while try await !service.source.next().isEmpty {} }
            }
            var parser = ResultParser(
                mask: masker.lineMask, declared: side.definition.outputs)
            var masks = StreamMasks(masker)
            while true {
                let chunks = try await logs.job.next()
                if chunks.isEmpty { break }
                for chunk in chunks {
                    parser.feed(chunk)
                    show(masks.line(chunk))
                }
            }
            for rest in masks.end() { show(rest) }
            try await group.waitForAll()
            return parser
        }
        let result = try await executor.collect(handle)
        executor.dispose(handle.id)
        let definition = side.definition
        let judge = AttemptJudge(
            request: side.request, outputs: definition.outputs,
            isStrict: definition.hasStrictResults,
            masker: masker)
        var report = judge.report(result, parser)
        report.reason = report.reason.map(masker.message)
        report.warnings = report.warnings.map(masker.message)
        return report
    }
}

/// What an attempt prints, without its secrets, each stream by itself.
struct StreamMasks {
    private var output: any LogMask
    private var error: any LogMask
    private var time = Timestamp(microseconds: 0)

    init(_ masker: any Masking) {
        output = masker.logMask()
        error = masker.logMask()
    }

    mutating func line(_ chunk: LogChunk) -> LogLine {
        func mask(_ mask: inout any LogMask) -> [UInt8] {
            mask.push(chunk.bytes) + (chunk.endsLine ? mask.finish() : [])
        }
        time = chunk.time
        let text = chunk.stream == .output ? mask(&output) : mask(&error)
        return LogLine(
            time: chunk.time, stream: chunk.stream, text: text, endsLine: chunk.endsLine,
            offset: 0)
    }

    /// The attempt has ended: what was held back of lines without an end, as a log keeps it.
    mutating func end() -> [LogLine] {
        let rests = [(LogChunk.Stream.output, output.cut()), (.error, error.cut())]
        return rests.filter { !$0.1.isEmpty }.map { stream, text in
            LogLine(time: time, stream: stream, text: text, endsLine: false, offset: 0)
        }
    }
}
