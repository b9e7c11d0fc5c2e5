import OCI
import TestSupport
import Testing

@testable import Storage

/// Who is at work in a home, and since when what is there may be needed.
struct HomeUseTests {
    private static func with(_ body: (Home) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(path: "\(folder)/home")
            do { try await body(home) } catch {
                try Files.removeTree(home.runtimePath)
                throw error
            }
            try Files.removeTree(home.runtimePath)
        }
    }

    @Test("one who is alone may take all that is older than this moment")
    func alone() async throws {
        try await Self.with { home in
            let use = try HomeUse(home)
            let before = FileTime.now
            let (time, isAlone) = try use.youngestGarbage()
            #expect(isAlone)
            #expect(time >= before && time <= FileTime.now)
            var isDone = false
            #expect(try await use.whileAlone { isDone = true })
            #expect(isDone)
        }
    }

    @Test("with others about, what is younger than an hour stays; when they are gone, it goes")
    func others() async throws {
        try await Self.with { home in
            let use = try HomeUse(home)
            var other: HomeUse? = try HomeUse(home)
            for _ in 0..<2 {
                let (time, isAlone) = try use.youngestGarbage()
                #expect(!isAlone)
                #expect(FileTime.now.seconds - time.seconds >= HomeUse.graceSeconds)
                #expect(try await !use.whileAlone { Issue.record("it is not alone") })
            }
            // Looking for it has taken the other's place from nobody.
            let third = try HomeUse(home)
            #expect(try !third.youngestGarbage().isAlone)
            withExtendedLifetime((third, other)) {}
            other = nil
        }
    }

    @Test("one collection of a home at a time")
    func collectors() async throws {
        try await Self.with { home in
            var first = try HomeUse.collector(of: home)
            #expect(first != nil)
            #expect(try HomeUse.collector(of: home) == nil)
            first = nil
            #expect(try HomeUse.collector(of: home) != nil)
        }
    }
}
