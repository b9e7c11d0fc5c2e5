import Domain
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Secrets of protected environments reach the jobs that have them, and no others.
struct EnvironmentTests {
    private static let text = """
        slipway: 1
        name: demo
        secrets: [LISTED]
        stages:
          - name: s
            jobs:
              - {name: open, component: b, inputs: {L: "${secrets.LISTED}"}}
              - name: shut
                component: b
                environment: production
                inputs: {L: "${secrets.LISTED}", K: "${secrets.KEY}"}
                secret-files: {key: secrets.KEY}
              - name: other
                component: b
                environment: staging
                inputs: {K: "${secrets.KEY}"}
        """

    private static let secrets: [String: Secret] = [
        "LISTED": Secret("of-the-file"), "production/KEY": Secret("of-production"),
        "staging/KEY": Secret("of-staging"),
    ]

    private final class Seen: Sendable {
        private let content = Mutex<[[String: String]]>([])
        var all: [[String: String]] { content.withLock { $0 } }

        func add(_ request: AttemptRequest) {
            var values: [String: String] = [:]
            for variable in request.environment where ["L", "K"].contains(variable.name) {
                values[variable.name] = variable.value.reveal()
            }
            for (name, value) in request.secretFiles { values["file " + name] = value.reveal() }
            content.withLock { $0.append(values) }
        }
    }

    @Test("each job has the secrets of its own environment")
    func scoped() async throws {
        let seen = Seen()
        let executor = NoOpExecutor { request in
            seen.add(request)
            return NoOpExecutor.success
        }
        try await RunLoopTests.with(executor) { fixture in
            let run = try await fixture.service.create(
                fixture.request(Self.text, secrets: Self.secrets))
            let state = try await fixture.service.advance(run, observer: nil)
            #expect(state.phase == .succeeded)
            #expect(
                seen.all == [
                    ["L": "of-the-file"],
                    ["L": "of-the-file", "K": "of-production", "file key": "of-production"],
                    ["K": "of-staging"],
                ])
        }
    }

    @Test(
        "a run whose environment gave no value does not start, and none takes what it does not use",
        arguments: [
            ("staging/KEY", nil, "the environment 'staging' of s.other gave no value"),
            (nil, "production/OTHER", "does not list the secret 'production/OTHER'"),
            (nil, "KEY", "does not list the secret 'KEY'"),
        ] as [(String?, String?, String)])
    func missing(without: String?, with: String?, why: String) async throws {
        try await RunLoopTests.with { fixture in
            var secrets = Self.secrets
            if let without { secrets[without] = nil }
            if let with { secrets[with] = Secret("another") }
            let request = try fixture.request(Self.text, secrets: secrets)
            do {
                _ = try await fixture.service.create(request)
                Issue.record("the run was made")
            } catch let refusal as RunRefusal {
                #expect(refusal.description.contains(why), "\(refusal)")
            }
        }
    }

    @Test("a handle with an environment's name in it opens nothing")
    func forged() async throws {
        try await RunLoopTests.with { fixture in
            let run = try await fixture.service.create(
                fixture.request(Self.text, secrets: Self.secrets))
            let scope = ReferenceScope(state: run.state, secrets: Self.secrets)
            #expect(scope.secret("production/KEY") == nil)
            #expect(scope.of(leg: 0).secret("KEY") == nil)
            #expect(scope.of(leg: 1).secret("KEY")?.reveal() == "of-production")
        }
    }
}
