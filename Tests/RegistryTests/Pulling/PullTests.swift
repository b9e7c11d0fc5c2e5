import Domain
import OCI
import Registry
import Storage
import TestSupport
import Testing

/// Pulls from a real registry: Debian's docker-registry, filled by skopeo.
struct PullTests {
    private static func withRegistry(
        _ body: (ImageHome, TestRegistry) async throws -> Void
    ) async throws {
        try await ImageHome.with { home in
            try await TestRegistry.serving("\(home.path)/registry") { registry in
                let archive = try Checkout.image("busybox")
                try await registry.fill("docker-archive:\(archive)", "lib/box:1", in: home.path)
                try await body(home, registry)
            }
        }
    }

    @Test("an image comes whole, by tag and by digest, and is there under its name")
    func pulls() async throws {
        try await Self.withRegistry { home, registry in
            let name = "\(registry.host)/lib/box:1"
            let image = try await home.pull(name)
            #expect(image.isNew)
            #expect(image.received == image.size)
            #expect(image.root == image.manifest)
            #expect(try await home.names() == [name])
            #expect(try await home.verify(name))
            // Nothing is left beside the store.
            #expect(try await home.leftovers().count == 3)
            let byDigest = "\(registry.host)/lib/box@\(image.root)"
            // Nothing new comes with a second name.
            #expect(try await !home.pull(byDigest).isNew)
            #expect(try await home.names() == [name, byDigest].sorted())
            #expect(try await home.verify(byDigest))
        }
    }

    @Test("what is here is not fetched again; a tag that moved is")
    func again() async throws {
        try await Self.withRegistry { home, registry in
            let name = "\(registry.host)/lib/box:1"
            let first = try await home.pull(name)
            let log = PullLog()
            let second = try await home.pull(name, log: log)
            #expect(!second.isNew)
            #expect(second.received == 0)
            #expect(log.present == 1)
            #expect(log.began.isEmpty)
            let layout = try Layout(at: "\(home.path)/other")
            try layout.write(index: [try layout.image("other", name: "other:1")])
            try await registry.fill("oci:\(layout.path):other:1", "lib/box:1", in: home.path)
            let third = try await home.pull(name)
            #expect(third.isNew)
            #expect(third.manifest != first.manifest)
            // The older one is still here by digest: runs may name it.
            #expect(
                try await home.images.resolve(
                    try ImageReference(parsing: "\(registry.host)/lib/box@\(first.root)"))
                    == first.manifest)
        }
    }

    @Test("Docker's manifests are taken as they are")
    func docker() async throws {
        try await Self.withRegistry { home, registry in
            try await home.shell(
                "skopeo copy -q --format v2s2 --dest-tls-verify=false docker-archive:$BUSYBOX "
                    + "docker://\(registry.host)/lib/docker:1")
            let image = try await home.pull("\(registry.host)/lib/docker:1")
            let (_, manifest, _) = try await home.images.inspect(
                try ImageReference(parsing: "\(registry.host)/lib/docker:1"))
            #expect(manifest.mediaType == MediaType.dockerManifest)
            #expect(image.manifest == manifest.digest)
            #expect(try await home.verify("\(registry.host)/lib/docker:1"))
        }
    }

    @Test("a second name for it, such as one without a host")
    func secondName() async throws {
        try await Self.withRegistry { home, registry in
            try await home.pull("\(registry.host)/lib/box:1", as: "box:9")
            #expect(
                try await home.names() == ["\(registry.host)/lib/box:1", "library/box:9"])
            #expect(try await home.verify("box:9"))
        }
    }

    @Test("a tag that is not there: the nearest is named; a repository that is not there")
    func notThere() async throws {
        try await Self.withRegistry { home, registry in
            let tag = try await #require(throws: RegistryError.self) {
                try await home.pull("\(registry.host)/lib/box:l")
            }
            #expect(tag.description.contains("did you mean \(registry.host)/lib/box:1?"))
            let repository = try await #require(throws: RegistryError.self) {
                try await home.pull("\(registry.host)/lib/boks:1")
            }
            #expect(repository.description.contains("no such repository"))
            #expect(try await home.leftovers() == [])
        }
    }

    @Test("several pulls of one image at once share the work and harm nothing")
    func atOnce() async throws {
        try await Self.withRegistry { home, registry in
            let name = "\(registry.host)/lib/box:1"
            let received = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<8 {
                    group.addTask { try await home.pull(name, as: "box:\(number)").received }
                }
                return try await group.reduce(0, +)
            }
            let size = try await home.images.list().first?.size
            #expect(received == size)
            #expect(try await home.names().count == 9)
            #expect(try await home.verify("box:7"))
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("a name without a host has nowhere to come from")
    func noHost() async throws {
        try await ImageHome.with { home in
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull("box:1")
            }
            #expect(error.description.contains("docker.io/library/box:1"))
        }
    }

    @Test("a mirror is asked first; what it does not have comes from the host")
    func mirrors() async throws {
        try await Self.withRegistry { home, registry in
            let own = "127.0.0.1:\(registry.port)"
            var access = ImageHome.access()
            // Nobody listens at the discard port of this machine.
            access.options["registry.invalid"] = RegistryOptions(mirrors: ["127.0.0.1:9", own])
            let log = PullLog()
            let image = try await home.pull("registry.invalid/lib/box:1", access, log: log)
            #expect(image.reference.host == "registry.invalid")
            #expect(try await home.names() == ["registry.invalid/lib/box:1"])
            #expect(
                log.events.contains {
                    if case .mirrorFailed("127.0.0.1:9", _) = $0 { true } else { false }
                })
            // A folder of the mirror.
            access.options["registry.invalid"] = RegistryOptions(mirrors: ["\(own)/lib"])
            try await home.pull("registry.invalid/box:1", access)
            #expect(try await home.names().contains("registry.invalid/box:1"))
            // One that lies about a digest that is asked for by name gives nothing.
            let liar = try WebServer { _ in WebReply(body: [1, 2, 3]) }
            access.options["registry.invalid"] = RegistryOptions(mirrors: [liar.host])
            let lied = "registry.invalid/lib/box@sha256:" + String(repeating: "a", count: 64)
            let (lie, noMore) = (access, lied)
            await #expect(throws: (any Error).self) { try await home.pull(noMore, lie) }
            #expect(!liar.requests.isEmpty)
            #expect(try await !home.names().contains(lied))
        }
    }
}

extension RegistryOptions {
    init(mirrors: [String]) {
        self.init()
        self.mirrors = mirrors
    }
}
