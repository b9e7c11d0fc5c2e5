import Domain
import Storage
import Workflows

/// Takes one attempt from its request to its report: starts it, stores what it prints, collects
/// what it made, and judges all that (DESIGN §3, "Verdict").
struct AttemptDriver: Sendable {
    let executor: any JobExecutor
    let logs: LogStore
    let masker: any Masking
    let caches: AttemptCaches
    let reports: AttemptReports
    /// Declared output names.
    let outputs: [String]
    /// Results are taken from the file alone.
    let isStrict: Bool
    let departure: Departure?
    let fault: RunFault
    let entered: EnteredAttempts

    /// Nil when the run stops here, and the attempt is left to whoever resumes it. `onStart` is
    /// told when its container began.
    func drive(
        _ request: AttemptRequest, onStart: @Sendable (Timestamp?) -> Void
    ) async -> AttemptReport? {
        do {
            let request = try await caches.fill(request)
            // The run has stopped meanwhile, and nobody would leave the attempt later.
            guard !Task.isCancelled else { return nil }
            let handle = try await executor.start(request)
            if Task.isCancelled { executor.leave(request.id) }
            onStart(handle.startedAt)
            return await follow(handle, request, replays: false)
        } catch let error as ExecutorError {
            var report = reportOrLeave(error, request.id)
            report?.warnings += request.notes
            return report
        } catch let error as StorageError where error.isOfTheDisk {
            return leave(request.id, because: error)
        } catch {
            return masked(AttemptReport(state: .errored, reason: "caches: \(error)"))
        }
    }

    /// What was found of an attempt that an earlier process began.
    enum Finding: Sendable {
        /// It runs, or has ended: it is to be followed.
        case found(AttemptHandle)
        /// Its program never ran, or nothing is left of it.
        case nothing
        case problem(AttemptReport)
        /// The run stops here, and the attempt stays as it is.
        case left
    }

    func find(_ request: AttemptRequest) async -> Finding {
        do {
            guard let handle = try await executor.adopt(request) else { return .nothing }
            if Task.isCancelled { executor.leave(request.id) }
            return .found(handle)
        } catch {
            return reportOrLeave(error, request.id).map(Finding.problem) ?? .left
        }
    }

    /// The same as `drive` for an attempt that was found. With `isStopped` it had been told to
    /// stop, and is told so again: nobody knows whether it heard.
    func follow(
        _ handle: AttemptHandle, _ request: AttemptRequest, isStopped: Bool
    ) async -> AttemptReport? {
        await withDiscardingTaskGroup { group in
            if isStopped {
                group.addTask { await executor.cancel(handle, grace: RunContext.grace) }
            }
            return await follow(handle, request, replays: true)
        }
    }

    /// Where the disk takes no more, nothing can be answered for, and all is well again when it
    /// does: what there is of the attempt stays for that.
    private func reportOrLeave(_ error: ExecutorError, _ id: AttemptID) -> AttemptReport? {
        switch error {
        case .left: nil
        case .disk: leave(id, because: error)
        default: masked(AttemptReport(error))
        }
    }

    private func leave(_ id: AttemptID, because error: any Error) -> AttemptReport? {
        executor.leave(id)
        fault.raise(error)
        return nil
    }

    /// `replays`: the log is read from its first byte, and some of it was stored already.
    private func follow(
        _ handle: AttemptHandle, _ request: AttemptRequest, replays: Bool
    ) async -> AttemptReport? {
        var parser = ResultParser(mask: masker.lineMask, declared: outputs)
        var logProblem: String?
        do {
            parser = try await store(executor.logs(handle), of: request.id, replays: replays)
        } catch ExecutorError.left {
            return nil
        } catch {
            // What cannot be kept cannot be answered for either.
            logProblem = "log: \(error)"
            await executor.cancel(handle, grace: .zero)
        }
        // Another process would gather it once more, which costs time alone.
        await departure?.beginCollecting(request.id)
        do {
            let result = try await executor.collect(handle)
            if let logProblem {
                return masked(AttemptReport(state: .errored, reason: logProblem))
            }
            let judge = AttemptJudge(
                request: request, outputs: outputs, isStrict: isStrict,
                masker: masker)
            let report = await reading(result.reports, judge.report(result, parser))
            return masked(await keep(report, request))
        } catch {
            return reportOrLeave(error, request.id)
        }
    }

    /// Adds what the reports say; that they cannot be read fails nothing.
    private func reading(
        _ collected: [CollectedReport], _ report: AttemptReport
    ) async -> AttemptReport {
        var report = report
        do {
            let found = try await reports.read(collected)
            report.reports = found.reports
            report.warnings += found.warnings
        } catch {
            report.reports = []
            report.warnings.append("reports: they are lost: \(error)")
        }
        return report
    }

    /// Records the caches of an attempt that succeeded; that this fails does not fail it.
    private func keep(_ report: AttemptReport, _ request: AttemptRequest) async -> AttemptReport {
        guard report.caches.contains(where: { $0.saved != nil }) else { return report }
        var report = report
        guard report.state == .succeeded else {
            report.caches = report.caches.map { $0.with(saved: nil) }
            return report
        }
        guard !entered.contains(request.id) else {
            // Nobody knows what was done in there.
            report.caches = report.caches.map {
                $0.saved == nil ? $0 : $0.with(saved: nil, problem: "somebody entered the attempt")
            }
            return report
        }
        do {
            try await caches.keep(report.caches, of: request)
        } catch {
            report.caches = report.caches.map { $0.with(saved: nil, problem: "\(error)") }
        }
        return report
    }

    /// Reads to the end of what the attempt prints; the reader's pace is that of the disk.
    private func store(
        _ logs: AttemptLogs, of id: AttemptID, replays: Bool
    ) async throws -> ResultParser {
        try await withThrowingTaskGroup(of: ResultParser?.self) { group in
            group.addTask { try await store(logs.job, of: id, nil, replays: replays) }
            for service in logs.services {
                group.addTask {
                    // What a service prints is no result of the job.
                    _ = try await store(service.source, of: id, service.name, replays: replays)
                    return nil
                }
            }
            var parser = ResultParser(mask: masker.lineMask, declared: outputs)
            do {
                for try await found in group { if let found { parser = found } }
            } catch ExecutorError.left {
                throw ExecutorError.left
            } catch {
                // The sources of the others end with the attempt.
                await executor.cancel(
                    AttemptHandle(id: id, startedAt: nil), grace: .zero)
                throw error
            }
            return parser
        }
    }

    private func store(
        _ source: any LogSource, of id: AttemptID, _ service: String?, replays: Bool
    ) async throws -> ResultParser {
        var parser = ResultParser(mask: masker.lineMask, declared: outputs)
        // An attempt that prints nothing leaves no file.
        var writer: LogWriter?
        while true {
            let chunks = try await source.next()
            if chunks.isEmpty { break }
            for chunk in chunks { parser.feed(chunk) }
            let open =
                try writer
                ?? logs.writer(
                    id, service: service, replays: replays, mask: { masker.logMask() })
            writer = open
            try await IOPool.shared.run { try open.append(chunks) }
        }
        if let writer { try await IOPool.shared.run { try writer.finish() } }
        return parser
    }

    /// Reasons and warnings quote tools and jobs, so they are masked like everything they print.
    private func masked(_ report: AttemptReport) -> AttemptReport {
        var report = report
        report.reason = report.reason.map(masker.message)
        report.warnings = report.warnings.map(masker.message)
        report.caches = report.caches.map {
            CacheUse(
                key: masker.mask($0.key), restored: $0.restored, saved: $0.saved,
                problem: $0.problem.map(masker.message))
        }
        return report
    }
}

extension AttemptReport {
    /// What kept an attempt from running. A program that the image lacks is the job's own fault.
    init(_ error: ExecutorError) {
        if case .program = error {
            self.init(state: .failed, reason: error.description)
        } else {
            self.init(state: .errored, reason: error.description)
        }
    }

    /// What kept a request from being made: the job's own inputs, or we ourselves.
    init(refusedBy error: any Error) {
        switch error {
        case let error as RefusedAttempt: self.init(state: .failed, reason: error.reason)
        case let error as UnresolvedReference:
            self.init(state: .failed, reason: "missing-value: \(error.description)")
        default: self.init(state: .errored, reason: "\(error)")
        }
    }
}
