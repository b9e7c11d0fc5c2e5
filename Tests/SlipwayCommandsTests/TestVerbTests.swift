import Domain
import Storage
import TestSupport
import Testing

/// `slipway test`, with real hook workers and without a home.
struct TestVerbTests {
    private static let workflow = """
        slipway: 1
        name: release
        stages:
          - name: begin
            type: start
            inputs: {T_BRANCH: {default: main}}
          - name: build
            jobs:
              - name: compile
                component: b
                retry: {attempts: 2, on: [failed]}
                outputs: [VERSION]
          - name: ship
            jobs:
              - name: upload
                component: b
                when: inputs.T_BRANCH == "main"
                inputs: {T_VERSION: "${build.compile.VERSION}"}
                before: |
                  if input.T_VERSION == "0" then fail("there is no version 0") end
                  input.T_LEVEL = "full"

        """

    private static let cases = """
        slipway-test: 1
        workflow: release.yaml
        cases:
          - name: main is shipped at the second try
            components: {build.compile: {attempts: [{exit: 1}, {outputs: {VERSION: "7"}}]}}
            expect: {state: succeeded, inputs: {ship.upload: {T_VERSION: "7", T_LEVEL: full}}}
          - name: a topic is not shipped
            inputs: {T_BRANCH: topic}
            components: {build.compile: {outputs: {VERSION: "7"}}}
            expect: {jobs: {ship.upload: skipped}, order: [build.compile]}

        """

    private static func test(
        _ cases: String, _ words: [String] = []
    ) async throws -> ProgramResult {
        try await TestHome.with { home in
            _ = try home.workflow(workflow, name: "release.yaml")
            let file = try home.workflow(cases, name: "release.test.yaml")
            let result = try await home.slipway(["test", file] + words)
            #expect(!Files.exists(home.path))
            return result
        }
    }

    @Test("cases pass, and the branches that none took are named")
    func passes() async throws {
        let result = try await Self.test(Self.cases)
        #expect(result.code == 0, "\(result.output)\(result.error)")
        #expect(result.output.contains("✔ main is shipped at the second try"))
        #expect(result.output.contains("5 of 8 branches taken, 62 %"), "\(result.output)")
        for missed in [
            "before of ship.upload fails (line 19:17)", "stage build fails (line 7:5)",
            "stage ship fails (line 13:5)",
        ] {
            #expect(result.output.contains("not taken: \(missed)"), "\(result.output)")
        }
        #expect(result.output.hasSuffix("2 cases: 2 passed, 0 failed\n"))
        let demanding = try await Self.test(Self.cases, ["--minimum-coverage", "80"])
        #expect(demanding.code == 1)
        #expect(demanding.error.contains("62 % of the branches were taken"))
    }

    private static let wrong = """
        slipway-test: 1
        workflow: release.yaml
        cases:
          - name: wrong <everywhere>
            components: {build.compile: {outputs: {VERSION: "0"}}}
            expect:
              state: succeeded
              jobs: {ship.upload: skipped}
              reasons: {ship.upload: no such}
              outputs: {build.compile.VERSION: "1"}
              inputs: {ship.upload: {T_LEVEL: full}}
              order: [ship.upload, build.compile]

        """

    @Test("what differed is told with its place, and the exit code says so")
    func fails() async throws {
        let result = try await Self.test(Self.wrong)
        #expect(result.code == 1)
        for line in [
            "release.test.yaml:7:14: state of the run",
            "+ actual:   failed (ship.upload failed: before: there is no version 0)",
            "release.test.yaml:8:27: job ship.upload", "release.test.yaml:9:30: reason of",
            "release.test.yaml:10:40: output build.compile.VERSION",
            "release.test.yaml:11:39: input T_LEVEL of ship.upload",
            "release.test.yaml:12:14: order", "1 case: 0 passed, 1 failed",
        ] {
            #expect(result.output.contains(line), "\(line)\n\(result.output)")
        }
    }

    @Test("programs get JSON and JUnit")
    func formats() async throws {
        let json = try await Self.test(Self.wrong, ["-o", "json"])
        let document = try JSONParser.parse(json.output.utf8)
        #expect(document["failed"] == 1)
        let first = document["files"]?.arrayValue?.first?["cases"]?.arrayValue?.first
        #expect(first?["differences"]?.arrayValue?.first?["what"] == "state of the run")
        #expect(document["coverage"]?.arrayValue?.first?["branches"]?.arrayValue?.count == 8)
        let junit = try await Self.test(Self.wrong, ["-o", "junit"])
        #expect(junit.output.contains("<testsuites tests=\"1\" failures=\"1\">"))
        #expect(junit.output.contains("name=\"wrong &lt;everywhere&gt;\">"))
    }

    @Test("cases are chosen by their names; none is a mistake")
    func filters() async throws {
        let some = try await Self.test(Self.cases, ["--filter", "topic"])
        #expect(some.output.hasSuffix("1 case: 1 passed, 0 failed\n"))
        #expect(try await Self.test(Self.cases, ["--filter", "nothing"]).code == 3)
    }

    @Test("a file that is not valid is told at its place, and nothing of it is run")
    func invalid() async throws {
        let unknown = Self.cases.replacing("ship.upload: skipped", with: "ship.uplod: skipped")
        let result = try await Self.test(unknown)
        #expect(result.code == 64)
        #expect(result.error.contains("release.test.yaml:10:21: error[unknown-reference]"))
        #expect(result.error.contains("did you mean 'ship.upload'?"))
        let missing = Self.cases.replacing("release.yaml", with: "other.yaml")
        #expect(try await Self.test(missing).error.contains("there is no workflow '"))
    }

    @Test("the cases of the examples pass, and take every branch")
    func examples() async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(
                ["test", "Examples", "--minimum-coverage", "100"], folder: Checkout.root)
            #expect(result.code == 0, "\(result.output)\(result.error)")
            #expect(result.output.contains("Examples/build-and-test.test.yaml"))
        }
    }
}
