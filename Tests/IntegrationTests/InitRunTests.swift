import Domain
import Storage
import TestSupport
import Testing

/// What `slipway init` writes, in real containers.
struct InitRunTests {
    @Test("the file for a folder without a project runs as it is written")
    func runs() async throws {
        try await TestHome.with(images: ["busybox"]) { home in
            let base = PathText.folder(of: home.path)
            let folder = "\(base)/first"
            try Files.makeFolders(folder)
            let made = try await home.slipway(["init", folder])
            #expect(made.code == 0, "\(made.error)")
            let run = try await home.slipway(["run", "\(folder)/slipway.yaml"])
            #expect(run.code == 0, "\(run.error)")
            let log = try await home.slipway(["logs", "last"])
            #expect(log.output.contains("hello from hello"))
        }
    }
}
