import TestSupport
import Testing

/// Whoever types commands in a test.
protocol Typist: Sendable {
    func type(_ arguments: [String]) async throws -> ProgramResult
}

extension TestHome: Typist {
    func type(_ arguments: [String]) async throws -> ProgramResult { try await slipway(arguments) }
}

extension OrdinaryUser: Typist {
    func type(_ arguments: [String]) async throws -> ProgramResult { try await slipway(arguments) }
}

extension Typist {
    /// Makes the file that a job waits for, as soon as somebody carries its run. The job may end
    /// with all that runs in it before the command that makes the file has: its code says nothing.
    func letGo(
        _ job: String = "work.it", of run: String = "last", file: String = "/tmp/go",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        func enter(_ words: [String]) async throws -> ProgramResult {
            try await type(["exec", run, job, "--"] + words)
        }
        var said = ""
        let isOpen: Bool? = try await eventually {
            let result = try await enter(["true"])
            said = result.error
            return result.code == 0 ? true : nil
        }
        try #require(isOpen == true, "\(job): \(said)", sourceLocation: sourceLocation)
        _ = try await enter(["touch", file])
    }
}
