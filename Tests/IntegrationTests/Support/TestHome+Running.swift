import Domain
import Glibc
import Storage
import TestSupport
import Testing

extension TestHome {
    /// A home with busybox; afterwards nothing of what ran in it may be left on this machine.
    @discardableResult
    static func busy<Value>(
        _ images: [String] = ["busybox"], sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (TestHome) async throws -> Value
    ) async throws -> Value {
        try await TestHome.with(images: images) { home in
            do {
                let value = try await body(home)
                try await home.expectNothingLeft(sourceLocation: sourceLocation)
                return value
            } catch {
                try await home.stop()
                throw error
            }
        }
    }

    /// The folder that holds the home and the files of the test.
    var folder: String { PathText.folder(of: path) }

    /// Runs a workflow to its end.
    func run(
        _ text: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> RunReport {
        let file = try workflow(text)
        return try RunReport(
            await slipway(["run", "-o", "json", file] + arguments, environment: environment))
    }

    /// Runs a workflow that must succeed.
    @discardableResult
    func succeed(
        _ text: String, _ arguments: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> RunReport {
        let report = try await run(text, arguments)
        try #require(report.code == 0, "\(report.error)", sourceLocation: sourceLocation)
        return report
    }

    /// What a job of the last run printed.
    func log(_ job: String = "work.it") async throws -> String {
        try await slipway(["logs", "last", job]).output
    }

    func logLines(_ job: String = "work.it") async throws -> [String] {
        try await log(job).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }

    /// Ends what a test that failed left running.
    private func stop() async throws {
        for pid in try processes(naming: "\(folder)/") where pid != getpid() {
            // conmon is left to `cancel`, which ends its container too.
            if try !monitors().contains(pid) { kill(pid, SIGKILL) }
        }
        _ = try await slipway(["cancel", "last"])
    }

    /// Runs bash with `slipway` on its path, for pipes.
    func shell(_ script: String) async throws -> ProgramResult {
        let program = try BuiltProduct.path("slipway")
        let folder = PathText.folder(of: program)
        return try await Program.run(
            "/bin/bash", ["-c", "PATH='\(folder)':$PATH; \(script)"],
            environment: environment())
    }

    /// Starts a workflow and leaves it running.
    func begin(_ text: String, _ arguments: [String] = [], name: String = "workflow.yaml")
        throws -> Program
    {
        try start(["run", "-o", "json", try workflow(text, name: name)] + arguments)
    }

    /// Waits until a job of the last run has printed something.
    func wait(
        for text: String, in job: String = "work.it",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let seen: Bool? = try await eventually {
            try await log(job).contains(text) ? true : nil
        }
        try #require(seen != nil, "\(job) never said '\(text)'", sourceLocation: sourceLocation)
    }

    /// `slipway show -o json` of the last run.
    func show(_ run: String = "last") async throws -> JSONValue {
        try JSONParser.parse(try await slipway(["show", "-o", "json", run]).output.utf8)
    }

    /// Files of the home, and of what it has elsewhere, that contain some bytes.
    func files(containing text: String) async throws -> [String] {
        let found = try await Program.run(
            "/bin/grep", ["-rlaF", "--devices=skip", "--", text, path, try runtimePath()])
        #expect(found.code <= 1, "\(found.error)")
        return found.output.split(separator: "\n").map(String.init)
    }
}

extension TestHome {
    /// Writes a file of the test.
    func write(_ text: String, to path: String) async throws {
        try Files.writeFile(path, text.utf8)
    }
}

extension TestHome {
    /// The log of the last run, an object a line.
    func jsonLog() async throws -> [JSONValue] {
        try await slipway(["logs", "-o", "json", "last"]).output.utf8.split(separator: 0x0a)
            .map { try JSONParser.parse($0) }
    }
}
