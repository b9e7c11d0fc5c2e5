import Domain
import Executors
import Storage
import TestSupport
import Testing
import Workflows

/// Attempts that one process lets go of, and another takes over.
struct LeavingTests {
    private static func error(
        of body: @Sendable () async throws -> Void
    ) async -> ExecutorError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ExecutorError
        }
    }

    @Test("an attempt that is left goes on; what waited for it ends, and another collects it")
    func adopted() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request(
                """
                echo begun
                until test -e "$T_REPORTS/go"; do sleep 0.02; done
                echo done
                exit 4
                """)
            let handle = try await home.executor.start(request)
            let source = home.executor.logs(handle).job
            let first = try await source.next().map { String(decoding: $0.bytes, as: UTF8.self) }
            #expect(first == ["begun"])
            async let more = Self.error(of: { _ = try await source.next() })
            async let collected = Self.error(of: { _ = try await home.executor.collect(handle) })
            home.executor.leave(handle.id)
            let errors = await [more, collected]
            #expect(errors == [.left, .left])

            let other = OCIExecutor(
                home: home.home, blobs: home.blobs, now: { Timestamp(microseconds: 0) })
            let found = try #require(try await other.adopt(request))
            try Files.writeFile("\(home.home.attemptsPath)/\(request.id)/writable/reports/go", [])
            #expect(try await other.collect(found).ending == .exited(code: 4))
            // As long as its end is not recorded it can be collected again.
            let third = OCIExecutor(
                home: home.home, blobs: home.blobs, now: { Timestamp(microseconds: 0) })
            let again = try #require(try await third.adopt(request))
            #expect(try await third.collect(again).ending == .exited(code: 4))
            let log = third.logs(again).job
            var lines: [String] = []
            while case let chunks = try await log.next(), !chunks.isEmpty {
                lines += chunks.map { String(decoding: $0.bytes, as: UTF8.self) }
            }
            #expect(lines == ["begun", "done"])
            third.dispose(request.id)
            await third.settle()
            #expect(try home.leftovers() == [])
        }
    }
}
