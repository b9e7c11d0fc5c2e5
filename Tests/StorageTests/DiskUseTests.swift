import Storage
import TestSupport
import Testing

/// What a folder takes on its disk.
struct DiskUseTests {
    @Test("a file of several names counts once, as du(1) counts it; links are not followed")
    func names() async throws {
        try await withTemporaryFolder { folder in
            let made = try await Program.run(
                "/bin/sh",
                [
                    "-ec",
                    """
                    mkdir -p \(folder)/t/a/b; cd \(folder)/t
                    head -c 1000000 /dev/zero >big; for n in 1 2 3 4 5 6 7; do ln big a/b/$n; done
                    echo x >small; ln -s \(folder)/other link; head -c 900000 /dev/zero >../other
                    """,
                ])
            try #require(made.code == 0, "\(made.error)")
            let told = try await Program.run(
                "/usr/bin/du", ["--summarize", "--block-size=1", "\(folder)/t"])
            let bytes = try #require(Int64(told.output.prefix { $0.isNumber }))
            let use = try Files.diskUse(of: "\(folder)/t")
            // Shares are whole bytes.
            #expect(abs(use.bytes - bytes) <= 8)
            #expect(use.bytes < 1_200_000)
            #expect(try Files.diskUse(of: "\(folder)/none").bytes == 0)
        }
    }
}
