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
    /// with all that runs in it before the command that makes the file has: then the next look
    /// finds that the job has ended.
    func letGo(
        _ job: String = "work.it", of run: String = "last", file: String = "/tmp/go",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var said = ""
        let isTold: Bool? = try await eventually {
            let result = try await type(["exec", run, job, "--", "touch", file])
            said = result.error
            return result.code == 0 || said.contains("has ended") ? true : nil
        }
        try #require(isTold == true, "\(job): \(said)", sourceLocation: sourceLocation)
    }
}
