import Domain
import OCI
import Workflows

extension SimulationDriver {
    /// An attempt whose turn has come: its inputs are resolved as for a container, and the world
    /// says how it ends.
    mutating func start(_ leg: Int, _ attempt: Int) {
        do {
            let requests = AttemptRequests(scope: scope())
            let given = try requests.inputs(leg: leg)
            note(
                Dictionary(
                    given.map { ($0.name, $0.value.secretName == nil ? $0.value.text : "***") }
                ) { $1 }, givenTo: leg)
            running[leg] = try requests.rehearsed(leg: leg, attempt: attempt)
            try requests.rehearseCall(leg: leg, attempt: attempt)
        } catch {
            queue.add(
                .attemptEnded(leg: leg, attempt: attempt, AttemptReport(refusedBy: error)),
                at: now)
            return
        }
        let planned = fold.state.plan.legs[leg]
        let told = world.attempt(
            SimulatedCall(
                job: fold.state.plan.jobs[planned.job].key, label: fold.state.plan.label(leg: leg),
                ordinal: fold.state.plan.ordinal(leg: leg), attempt: attempt))
        queue.add(.attemptStarted(leg: leg, attempt: attempt), at: now)
        let ending: AttemptResult.Ending
        switch told.ending {
        case .exited(let code): ending = .exited(code: code)
        case .lost(let why): ending = .lost(why)
        case .hangs: return
        }
        let end = now + told.takes
        let report = report(leg, told, ending, at: end)
        queue.add(.attemptEnded(leg: leg, attempt: attempt, report), at: end)
    }

    /// What is told to stop does so at once.
    mutating func stop(_ leg: Int, _ attempt: Int) {
        guard running[leg]?.id.number == attempt else { return }
        let report = report(
            leg, SimulatedAttempt(), .killed(signal: 15), at: now)
        queue.add(.attemptEnded(leg: leg, attempt: attempt, report), at: now)
    }

    /// The judge's word on what an attempt left.
    private mutating func report(
        _ leg: Int, _ told: SimulatedAttempt, _ ending: AttemptResult.Ending, at end: Timestamp
    ) -> AttemptReport {
        guard let request = running[leg] else {
            return AttemptReport(state: .errored, reason: "lost: it never began")
        }
        let job = fold.state.plan.jobs[fold.state.plan.legs[leg].job]
        var outputs = told.outputs
        if ending == .exited(code: 0), unknown != nil {
            for name in job.definition.outputs where outputs[name] == nil {
                let full = "\(place(of: leg, job)).\(name)"
                let text = UnknownValues.mark(full)
                unknown?.add(full, as: text)
                outputs[name] = text
            }
        }
        var artifacts: [String: ArtifactRecord] = [:]
        var problems: [String: String] = [:]
        for artifact in job.definition.produces {
            guard told.artifacts?.contains(artifact.name) ?? true else {
                // Of a called workflow nobody knows a path.
                problems[artifact.name] =
                    artifact.path.isEmpty ? "it was not made" : "'\(artifact.path)' is not there"
                continue
            }
            let name = "\(place(of: leg, job)).\(artifact.name)"
            let digest = Digest(of: Array("simulated \(name)".utf8))
            unknown?.add(name, as: digest.description)
            artifacts[artifact.name] = ArtifactRecord(
                kind: .file, digest: digest, size: 0, isExecutable: false)
        }
        let judge = AttemptJudge(
            request: request, outputs: job.definition.outputs,
            isStrict: job.definition.hasStrictResults,
            masker: masker)
        let result = AttemptResult(
            ending: ending, endedAt: end, resultFile: Self.file(outputs), artifacts: artifacts,
            artifactProblems: problems)
        return judge.report(result, ResultParser(mask: masker.lineMask))
    }

    /// `stage.job`, with the leg's place where there are several.
    private func place(of leg: Int, _ job: RunPlan.Job) -> String {
        job.isMultiple ? "\(job.key)[\(fold.state.plan.ordinal(leg: leg))]" : job.key
    }

    /// The outputs as a result file says them.
    private static func file(_ outputs: [String: String]) -> [UInt8] {
        var text = ""
        for (name, value) in outputs.sorted(by: { $0.key < $1.key }) {
            var word = "END"
            while value.contains(word) { word += "_" }
            text += "\(name)<<\(word)\n\(value)\n\(word)\n"
        }
        return Array(text.utf8)
    }

    /// The lists of a job's matrix. One that is not known has one element, which stands for all.
    mutating func matrix(of job: Int) -> MatrixOutcome {
        let scope = scope()
        let outcome = scope.matrix(ofJob: job)
        guard let unknown else { return outcome }
        var names: [String] = []
        var lists: [[String]] = []
        do {
            for key in fold.state.plan.jobs[job].definition.matrix {
                switch key.values {
                case .list(let templates):
                    lists.append(try templates.map { try scope.expand($0).text })
                case .reference(let reference):
                    let template = Template(segments: [.reference(reference, default: nil)])
                    let text = try scope.expand(template).text
                    names += unknown.names(in: text)
                    lists.append([text])
                }
            }
        } catch {
            // The engine's own word on it says why.
            return outcome
        }
        guard !names.isEmpty else { return outcome }
        note(unknownMatrix: names, of: job)
        // A list of outputs that nobody knows has a length that is known.
        if case .values = outcome { return outcome }
        return .values(lists)
    }
}

extension AttemptRequests {
    /// The checks of a real request, without what only a container needs.
    func rehearsed(leg: Int, attempt: Int) throws -> AttemptRequest {
        let job = state.plan.jobs[state.plan.legs[leg].job]
        guard let creation = state.creation else {
            throw RefusedAttempt(reason: "the run was not created")
        }
        return AttemptRequest(
            id: AttemptID(run: creation.id, leg: leg, number: attempt), image: Digest(of: []),
            program: job.definition.program, environment: [], dataFile: nil,
            resources: job.definition.resources, secretFiles: try secretFiles(of: job, leg: leg),
            source: nil, artifacts: try artifacts(of: job), produces: job.definition.produces,
            logLimitBytes: Self.logLimitBytes)
    }

    /// Whether a workflow that the job calls would take what it is given; it is not played itself.
    func rehearseCall(leg: Int, attempt: Int) throws {
        guard let called = state.plan.jobs[state.plan.legs[leg].job].definition.call else {
            return
        }
        let request = try call(called, leg: leg, attempt: attempt)
        let problems = RunInputs(
            request.inputs, declared: called.definition.inputs, over: [:]
        ).problems
        guard problems.isEmpty else {
            throw RefusedAttempt(reason: "call: \(problems.joined(separator: "\n"))")
        }
    }
}
