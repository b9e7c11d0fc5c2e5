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
    /// with all that runs in it before the command that makes the file has: of its end nothing but
    /// that it did not begin is looked at.
    func letGo(
        _ job: String = "work.it", of run: String = "last", file: String = "/tmp/go",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var said = ""
        let isTold: Bool? = try await eventually {
            said = try await type(["exec", run, job, "--", "touch", file]).error
            let isRefused = ["ask again", "go on with it first", "has not started"].contains {
                said.contains($0)
            }
            return isRefused ? nil : true
        }
        try #require(isTold == true, "\(job): \(said)", sourceLocation: sourceLocation)
    }
}
