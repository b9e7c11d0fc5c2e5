import Glibc
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// Attempts that are told to stop before they have a container.
struct CancelledStartTests {
    private static func cancel(_ home: ExecutorHome, _ request: AttemptRequest) async {
        await home.executor.cancel(
            AttemptHandle(id: request.id, startedAt: home.executor.now()), grace: .seconds(10))
    }

    @Test("told before it began: it does not begin")
    func before() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("sleep 100")
            await Self.cancel(home, request)
            await #expect(throws: ExecutorError.cancelled) {
                try await home.executor.start(request)
            }
            await home.executor.settle()
            #expect(try home.leftovers() == [])
            // The next attempt is another matter.
            let next = try await home.run(try home.request("echo next", number: 2))
            #expect(next.log == "next")
        }
    }

    @Test("told while its image is unpacked: it does not wait for that")
    func unpacking() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("sleep 100")
            // A layer that never gives its first byte.
            let manifest = try ImageManifest(
                parsing: try home.blobs.read(request.image, limit: 1 << 20))
            let layer = home.blobs.path(of: try #require(manifest.layers.first).digest)
            try Files.remove(layer)
            #expect(unsafe mkfifo(layer, 0o600) == 0)
            let started = Task { try await home.executor.start(request) }
            let isUnpacking: Bool? = try await eventually {
                try Files.list(home.home.layersPath).isEmpty ? nil : true
            }
            #expect(isUnpacking == true)
            await Self.cancel(home, request)
            await #expect(throws: ExecutorError.cancelled) { try await started.value }
            let writer = try Files.open(layer, O_WRONLY)
            withExtendedLifetime(writer) {}
            await home.executor.settle()
            #expect(try home.leftovers() == [])
            let isGivenUp: Bool? = try await eventually {
                try Files.list(home.home.layersPath).isEmpty ? true : nil
            }
            #expect(isGivenUp == true)
        }
    }

    @Test("told at any moment of its start: it ends, and nothing of it is left", arguments: 0..<12)
    func during(step: Int) async throws {
        try await ExecutorHome.with { home in
            _ = try await home.run(try home.request("true", number: 100))
            let request = try home.request("trap 'exit 3' TERM; while true; do sleep 0.01; done")
            async let started = home.executor.start(request)
            try await Task.sleep(for: .milliseconds(step * 8))
            await Self.cancel(home, request)
            do {
                let handle = try await started
                // It had begun by then; a start that ended first may have missed the word.
                await Self.cancel(home, request)
                let result = try await home.executor.collect(handle)
                #expect([.exited(code: 3), .exited(code: 137)].contains(result.ending))
            } catch let error as ExecutorError {
                #expect(error == .cancelled)
            }
            home.executor.dispose(request.id)
            await home.executor.settle()
            #expect(try home.leftovers() == [])
        }
    }

    @Test("told while what it made is collected: that ends at once")
    func collecting() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request(
                "dd if=/dev/zero of=big bs=1 count=0 seek=15G 2>/dev/null",
                produces: [ProducedArtifact(name: "big", path: "big")])
            let handle = try await home.executor.start(request)
            async let collected = home.executor.collect(handle)
            let isCollecting: Bool? = try await eventually {
                try Files.list("\(home.home.blobsPath)/tmp").contains { $0.hasPrefix("blob-") }
                    ? true : nil
            }
            #expect(isCollecting == true)
            await Self.cancel(home, request)
            let result = try await collected
            #expect(result.artifactProblems["big"]?.contains("told to stop") == true)
            home.executor.dispose(request.id)
            await home.executor.settle()
            #expect(
                try Files.list("\(home.home.blobsPath)/tmp").allSatisfy { !$0.hasPrefix("blob-") })
        }
    }
}
