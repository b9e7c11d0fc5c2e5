import Domain
import OCI
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Jobs with `cache` (docs/decisions/0013).
extension RunLoopTests {
    /// Remembers what was started.
    final class Starts: Sendable {
        private let requests = Mutex<[AttemptRequest]>([])
        var count: Int { requests.withLock { $0.count } }
        var last: AttemptRequest? { requests.withLock { $0.last } }

        func executor(
            code: Int32 = 0, artifacts: [String: ArtifactRecord] = [:]
        ) -> NoOpExecutor {
            NoOpExecutor { request in
                self.requests.withLock { $0.append(request) }
                return AttemptResult(
                    ending: .exited(code: code), endedAt: Timestamp(microseconds: 0),
                    resultFile: Array("X=made\n".utf8), artifacts: artifacts,
                    artifactProblems: [:])
            }
        }
    }

    static func memoised(_ job: String, inputs: String = "T_N: {default: a}") -> String {
        """
        slipway: 1
        name: demo
        env: {T_ALL: x}
        stages:
          - {name: begin, type: start, inputs: {\(inputs)}}
          - name: one
            jobs:
              - {name: a, component: b, cache: true, outputs: [X], \(job)}
        """
    }

    static let plainJob = "script: make, inputs: {T_N: '${inputs.T_N}'}"

    @discardableResult
    private static func run(
        _ fixture: Fixture, _ text: String, inputs: [String: String] = [:], looksUp: Bool = true
    ) async throws -> RunState {
        let run = try await fixture.service.create(fixture.request(text, inputs: inputs))
        return try await fixture.service.advance(run, observer: nil, looksUpMemos: looksUp)
    }

    @Test("a job that would do the same again is not started, and says which run did it")
    func hit() async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            let first = try await Self.run(fixture, Self.memoised(Self.plainJob))
            let memo = try #require(first.legs[0].memo)
            #expect(memo.run == nil)
            let second = try await Self.run(fixture, Self.memoised(Self.plainJob))
            #expect(starts.count == 1)
            #expect(second.phase == .succeeded)
            #expect(second.legs[0].outputs == ["X": "made"])
            #expect(second.legs[0].memo?.run == 1)
            #expect(second.legs[0].memo?.key == memo.key)
            let stored = try await fixture.service.load(try #require(second.creation).id).state
            #expect(stored.legs[0].memo == second.legs[0].memo)
            // A third one still leads to the run that did it.
            let third = try await Self.run(fixture, Self.memoised(Self.plainJob))
            #expect(third.legs[0].memo?.run == 1)
            let run = try await Self.run(
                fixture, Self.memoised(Self.plainJob), looksUp: false)
            #expect(run.legs[0].memo?.run == nil)
            #expect(starts.count == 2)
        }
    }

    @Test(
        "whatever the container can see, or decides the verdict, makes another key",
        arguments: [
            "script: other, inputs: {T_N: '${inputs.T_N}'}",
            "script: make, shell: [sh], inputs: {T_N: '${inputs.T_N}'}",
            "command: [make], inputs: {T_N: '${inputs.T_N}'}",
            "script: make, inputs: {T_N: other}",
            "script: make, inputs: {T_N: '${inputs.T_N}', T_M: ''}",
            "\(plainJob), user: '7'", "\(plainJob), hardened: true", "\(plainJob), read-only: true",
            "\(plainJob), after: 'output.X = 1'", "\(plainJob), strict-results: true",
            "\(plainJob), produces: {x: y}", "\(plainJob), shards: 1",
        ])
    func misses(job: String) async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            try await Self.run(fixture, Self.memoised(Self.plainJob))
            try await Self.run(fixture, Self.memoised(job))
            #expect(starts.count == 2)
        }
    }

    @Test("another image, and other artifacts to consume, make other keys")
    func contents() async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            let run = try await Self.run(fixture, Self.memoised(Self.plainJob))
            let request = try #require(starts.last)
            func record(_ content: String, isExecutable: Bool = false) -> ArtifactRecord {
                ArtifactRecord(
                    kind: .file, digest: Digest(of: content.utf8), size: 1,
                    isExecutable: isExecutable)
            }
            func key(_ image: String, _ artifacts: [String: ConsumedContent]) -> String {
                let other = AttemptRequest(
                    id: request.id, image: Digest(of: image.utf8), program: request.program,
                    environment: request.environment, dataFile: nil,
                    resources: request.resources, source: nil, artifacts: artifacts,
                    produces: [], logLimitBytes: request.logLimitBytes)
                let job = run.plan.jobs[0].definition
                return MemoKey(other, job, files: nil).document.canonicalText
            }
            let keys = [
                key("a", [:]), key("b", [:]), key("a", ["x": .single(record("1"))]),
                key("a", ["x": .single(record("2"))]), key("a", ["y": .single(record("1"))]),
                key("a", ["x": .single(record("1", isExecutable: true))]),
                key("a", ["x": .legs([record("1")])]), key("a", ["x": .legs([nil, record("1")])]),
            ]
            #expect(Set(keys).count == keys.count)
            #expect(key("a", [:]) == keys[0])
        }
    }

    @Test("run inputs that the job does not take, and its description, make no difference")
    func indifferent() async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            try await Self.run(fixture, Self.memoised(Self.plainJob))
            try await Self.run(
                fixture,
                Self.memoised(
                    Self.plainJob + ", description: new, timeout: 5m",
                    inputs: "T_N: {default: a}, T_OTHER: {default: b}"))
            #expect(starts.count == 1)
        }
    }

    @Test("what differs from run to run is not set")
    func environment() async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            try await Self.run(fixture, Self.memoised(Self.plainJob))
            let request = try #require(starts.last)
            let names = request.environment.map(\.name)
            for name in ["T_RUN_ID", "T_RUN_NUMBER", "T_ATTEMPT"] {
                #expect(!names.contains(name))
            }
            let data = try #require(request.environment.first { $0.name == "T_DATA" })
            let json = try JSONParser.parse(data.value.reveal().utf8)
            #expect(json["run"] == [:])
            #expect(json["inputs"] == ["T_ALL": "x", "T_N": "a"])
        }
    }

    @Test("what failed is not kept, nor what an `after` hook failed")
    func failures() async throws {
        let starts = Starts()
        try await Self.with(starts.executor(code: 1)) { fixture in
            try await Self.run(fixture, Self.memoised(Self.plainJob))
            try await Self.run(fixture, Self.memoised(Self.plainJob))
            #expect(starts.count == 2)
            #expect(try await fixture.service.store.memos().isEmpty)
        }
    }

    @Test("what succeeded is kept also when its process died while the `after` hook spoke")
    func interrupted() async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            let service = fixture.service
            let state = try await Self.run(
                fixture, Self.memoised(Self.plainJob + ", after: output.X = 1"))
            let id = try #require(state.creation).id
            let ended = try #require(
                try await service.store.events(of: id).first {
                    if case .attemptEnded = $0.event { true } else { false }
                })
            try await fixture.database.write { transaction in
                try transaction.execute("DELETE FROM memos")
                try transaction.execute("UPDATE runs SET state = 'running'")
                try transaction.execute(
                    "DELETE FROM run_events WHERE sequence > ?", [.integer(ended.sequence)])
            }
            let run = try await service.open(id, secrets: [:], slots: 8)
            #expect(try await service.advance(run, observer: nil).phase == .succeeded)
            #expect(starts.count == 1)
            #expect(try await service.store.memos().map(\.run) == [1])
        }
    }

    @Test("a result whose artifact is gone is forgotten, and the job runs")
    func gone() async throws {
        let content = Array("content".utf8)
        let record = ArtifactRecord(
            kind: .file, digest: Digest(of: content), size: 7, isExecutable: false)
        let starts = Starts()
        try await Self.with(starts.executor(artifacts: ["y": record])) { fixture in
            let blobs = BlobStore(path: fixture.home.blobsPath)
            _ = try blobs.put(content)
            let text = Self.memoised(Self.plainJob + ", produces: {y: y}")
            try await Self.run(fixture, text)
            let second = try await Self.run(fixture, text)
            #expect(second.legs[0].artifacts == ["y": record])
            #expect(starts.count == 1)
            try blobs.remove(record.digest)
            try await Self.run(fixture, text)
            #expect(starts.count == 2)
            #expect(try await fixture.service.store.memos().map(\.run) == [3])
        }
    }

    @Test("named files need a source that has them")
    func files() async throws {
        let starts = Starts()
        try await Self.with(starts.executor()) { fixture in
            let text = Self.memoised(Self.plainJob).replacingCache("{files: [src]}")
            let state = try await Self.run(fixture, text)
            #expect(state.legs[0].reason == "cache: the run has no source, so it has no files")
            #expect(starts.count == 0)
        }
    }

    @Test("two keys differ member by member")
    func differences() {
        let left: JSONValue = ["a": ["x": "1", "y": [1, 2]], "b": true]
        let right: JSONValue = ["a": ["x": "2", "y": [1, 2]], "c": .null]
        #expect(
            MemoDifference.between(left, right) == [
                MemoDifference(what: "a.x", left: "1", right: "2"),
                MemoDifference(what: "b", left: "true", right: nil),
                MemoDifference(what: "c", left: nil, right: "null"),
            ])
    }
}

extension String {
    fileprivate func replacingCache(_ value: String) -> String {
        guard let range = firstRange(of: "cache: true") else { return self }
        return self[..<range.lowerBound] + "cache: " + value + self[range.upperBound...]
    }
}
