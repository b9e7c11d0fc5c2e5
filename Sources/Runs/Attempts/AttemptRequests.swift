import Domain
import OCI
import Workflows

/// Why a job cannot be started although its turn has come: its own fault, so it is `failed`.
struct RefusedAttempt: Error {
    let reason: String
}

/// Makes the request for one attempt from the run's state (DESIGN §3, "In").
struct AttemptRequests {
    let scope: ReferenceScope
    /// No job runs in a weaker sandbox, whatever its file says.
    var floor = Sandbox.standard

    /// Above this many bytes `T_DATA` and single inputs do not fit a variable: the kernel refuses
    /// strings of 128 KiB (execve(2), MAX_ARG_STRLEN).
    static let largestVariable = 96 << 10
    static let largestInputs = 1 << 20
    static let logLimitBytes: Int64 = 256 << 20
    /// How the note of an attempt begins that runs in a stronger sandbox than its job asks for.
    static let raisedSandbox = "sandbox: raised"

    var state: RunState { scope.state }

    func request(leg: Int, attempt: Int) throws -> AttemptRequest {
        let planned = state.plan.legs[leg]
        let job = state.plan.jobs[planned.job]
        guard let creation = state.creation,
            let component = job.definition.component,
            let image = creation.images[component.value.description]
        else { throw RefusedAttempt(reason: "image-missing: no digest was recorded for it") }
        let inputs = try inputs(leg: leg)
        let data = data(leg: leg, inputs: inputs).canonicalBytes
        let isLarge = data.count > Self.largestVariable
        var isolation = job.definition.isolation
        let asked = isolation.sandbox
        isolation.sandbox = max(asked, floor)
        var request = AttemptRequest(
            id: AttemptID(run: creation.id, leg: leg, number: attempt), image: image,
            program: job.definition.program,
            environment: environment(
                leg: leg, attempt: attempt, inputs: inputs, data: isLarge ? nil : data),
            dataFile: isLarge ? data : nil, resources: job.definition.resources,
            isolation: isolation, secretFiles: try secretFiles(of: job, leg: leg),
            source: job.definition.seesSource ? creation.source : nil,
            workspace: job.definition.workspace == .shared
                ? .shared(source: creation.source) : .own,
            artifacts: try artifacts(of: job), produces: job.definition.produces,
            caches: try caches(of: job, leg), services: try services(of: job, leg),
            logLimitBytes: Self.logLimitBytes)
        if asked < floor {
            request.notes.append(
                "\(Self.raisedSandbox) from \(asked.rawValue) to \(floor.rawValue), the floor that "
                    + "config.yaml sets")
        }
        return request
    }

    /// The call of a workflow: of the effective inputs, those that it declares.
    func call(_ called: CalledWorkflow, leg: Int, attempt: Int) throws -> CallRequest {
        guard let creation = state.creation else {
            throw RefusedAttempt(reason: "call: the run was never created")
        }
        let declared = Set(called.definition.inputs.map(\.name))
        var texts: [String: String] = [:]
        for input in try inputs(leg: leg) where declared.contains(input.name) {
            if let secret = input.value.secretName {
                throw RefusedAttempt(
                    reason: "call: the input \(input.name) is the secret \(secret); "
                        + "inputs of a run are recorded")
            }
            texts[input.name] = input.value.text
        }
        return CallRequest(
            id: AttemptID(run: creation.id, leg: leg, number: attempt), called: called,
            inputs: texts, caller: creation)
    }

    /// The effective inputs: what `before` left of them, where it ran.
    func inputs(leg: Int) throws -> [(name: String, value: ResolvedText)] {
        let inputs: [(name: String, value: ResolvedText)]
        do {
            if let table = state.legs[leg].hookInputs {
                inputs = try hookInputs(table, of: leg)
            } else {
                inputs = try scope.inputs(ofLeg: leg)
            }
        } catch let error as UnresolvedReference {
            throw RefusedAttempt(reason: "missing-value: \(error.description)")
        }
        try Self.check(inputs)
        return inputs
    }

    /// What the kernel takes as variables (execve(2)).
    private static func check(_ inputs: [(name: String, value: ResolvedText)]) throws {
        var total = 0
        for input in inputs {
            let size = input.value.text.utf8.count
            total += size + input.name.utf8.count
            if size > largestVariable || total > largestInputs {
                throw RefusedAttempt(
                    reason: "input-too-large: \(input.name) holds \(size) bytes; "
                        + "expected at most 96 KiB, and 1 MiB for all inputs")
            }
            if input.value.text.utf8.contains(0) {
                throw RefusedAttempt(reason: "input-invalid: \(input.name) holds a zero byte")
            }
        }
    }

    private func hookInputs(
        _ table: [String: JSONValue], of leg: Int
    ) throws -> [(name: String, value: ResolvedText)] {
        let scope = scope.of(leg: leg)
        return try table.sorted { $0.key < $1.key }.compactMap { name, value in
            if let secret = value["$secret"]?.stringValue {
                let text = try scope.expand(
                    Template(segments: [.reference(.secret(secret), default: nil)]))
                return (name, text)
            }
            return value.inputText.map { (name, ResolvedText($0)) }
        }
    }

    func services(of job: RunPlan.Job, _ leg: Int) throws -> [ServiceRequest] {
        try job.definition.services.map { service in
            guard let image = state.creation?.images[service.component.value.description] else {
                throw RefusedAttempt(
                    reason: "image-missing: no digest was recorded for service \(service.name)")
            }
            let inputs = try service.inputs.map { input in
                (name: input.name, value: try scope.expand(input.template, ofLeg: leg))
            }
            try Self.check(inputs)
            return ServiceRequest(
                name: service.name, image: image, program: service.program,
                environment: variables(inputs), resources: service.resources,
                user: service.user, ready: service.ready, readyLimit: service.readyLimit)
        }
    }

    func caches(of job: RunPlan.Job, _ leg: Int) throws -> [CacheRequest] {
        try job.definition.caches.map { cache in
            let key = try scope.plain(cache.key, ofLeg: leg, "a cache's key")
            guard !key.isEmpty, key.utf8.count <= CacheDeclaration.keyLimit else {
                throw RefusedAttempt(
                    reason: "cache-key-invalid: it holds \(key.utf8.count) bytes; expected 1 to "
                        + "\(CacheDeclaration.keyLimit)")
            }
            return CacheRequest(key: key, paths: cache.paths)
        }
    }

    func secretFiles(of job: RunPlan.Job, leg: Int) throws -> [String: Secret] {
        let scope = scope.of(leg: leg)
        var files: [String: Secret] = [:]
        for file in job.definition.secretFiles {
            guard let secret = scope.secret(file.secret) else {
                throw RefusedAttempt(
                    reason: "missing-value: secrets.\(file.secret): no value was given for it")
            }
            files[file.name] = secret
        }
        return files
    }

    func artifacts(of job: RunPlan.Job) throws -> [String: ConsumedContent] {
        var contents: [String: ConsumedContent] = [:]
        for artifact in job.definition.consumes {
            if let content = state.content(of: artifact) {
                contents[artifact.name] = content
            } else if !artifact.isOptional {
                let name = "\(artifact.stage).\(artifact.job).\(artifact.artifact)"
                throw RefusedAttempt(
                    reason: "missing-value: \(name): that job did not make this artifact; "
                        + "say 'optional: true' where it may be absent")
            }
        }
        return contents
    }
}
