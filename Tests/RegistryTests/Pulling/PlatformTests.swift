import Domain
import OCI
import Registry
import TestSupport
import Testing

/// Images for several platforms, from a real registry.
struct PlatformTests {
    private static let own = Platform.current.architecture
    private static let other = Platform.current.architecture == "amd64" ? "arm64" : "amd64"

    private static func withIndex(
        _ body: (ImageHome, _ name: String) async throws -> Void
    ) async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/layout")
            let index = layout.index([
                try layout.image("other", architecture: other, platform: other),
                try layout.image("own", platform: own),
            ])
            let name = #","annotations":{"org.opencontainers.image.ref.name":"a:1"}"#
            try layout.write(index: [try layout.blob(index, type: MediaType.index, more: name)])
            try await TestRegistry.serving("\(home.path)/registry") { registry in
                try await registry.fill("oci:\(layout.path):a:1", "lib/multi:1", in: home.path)
                try await body(home, "\(registry.host)/lib/multi:1")
            }
        }
    }

    @Test("this machine's is chosen; the index is what the name means")
    func chosen() async throws {
        try await Self.withIndex { home, name in
            let image = try await home.pull(name)
            #expect(image.platform == .current)
            #expect(image.root != image.manifest)
            let reference = try ImageReference(parsing: name)
            #expect(try await home.images.root(of: reference) == image.root)
            #expect(try await home.images.resolve(reference) == image.manifest)
            // By the digest of the index too.
            let byRoot = try ImageReference(parsing: "\(reference.name)@\(image.root)")
            #expect(try await home.images.resolve(byRoot) == image.manifest)
            // The index, the manifest, the configuration, the layer.
            #expect(try await home.leftovers().count == 4)
            #expect(try await !home.pull(name).isNew)
        }
    }

    @Test("another platform of it comes beside the first, and goes with it")
    func beside() async throws {
        try await Self.withIndex { home, name in
            let first = try await home.pull(name)
            let reference = try ImageReference(parsing: name)
            let foreign = try Platform(parsing: "linux/\(Self.other)")
            await #expect(throws: RegistryError.self) {
                try await home.images.resolve(reference, platform: foreign)
            }
            let second = try await home.pull(name, platform: foreign.description)
            #expect(second.root == first.root)
            #expect(second.manifest != first.manifest)
            #expect(second.received == second.size)
            #expect(try await home.images.resolve(reference) == first.manifest)
            #expect(
                try await home.images.resolve(reference, platform: foreign) == second.manifest)
            #expect(try await home.names() == [name])
            #expect(try await home.leftovers().count == 7)
            try await home.images.remove(reference)
            #expect(try await home.leftovers() == [])
        }
    }

    @Test("a platform that the image is not for: those that it is for are named")
    func missing() async throws {
        try await Self.withIndex { home, name in
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(name, platform: "linux/s390x")
            }
            #expect(error.description.contains("linux/amd64"))
            #expect(error.description.contains("linux/arm64"))
            #expect(error.description.contains("linux/s390x"))
            #expect(try await home.leftovers() == [])
        }
    }
}
