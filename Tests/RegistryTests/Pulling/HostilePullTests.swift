import Domain
import OCI
import Registry
import Storage
import Synchronization
import TestSupport
import Testing

/// Registries that break off, lie, or send us elsewhere.
struct HostilePullTests {
    /// Counts requests of a kind.
    private final class Counter: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private static func ranges(_ fake: FakeRegistry) -> [String?] {
        fake.server.requests.filter { $0.path == fake.layerPath }.map { $0.headers["range"] }
    }

    @Test("a connection that is cut is gone on with where it was")
    func cut() async throws {
        let counter = Counter()
        let fake = try await FakeRegistry { request, reply in
            guard request.path.contains("/blobs/"), reply.body.count > 1 << 20 else {
                return reply
            }
            var reply = reply
            if counter.next() <= 3 { reply.cutAfter = 1_300_000 }
            return reply
        }
        try await ImageHome.with { home in
            let log = PullLog()
            let image = try await home.pull(fake.name, log: log)
            #expect(image.received == Int64(fake.layer.count))
            #expect(try await home.verify(fake.name))
            let ranges = Self.ranges(fake)
            #expect(ranges.count == 4)
            #expect(ranges.first == .some(nil))
            #expect(ranges.dropFirst().allSatisfy { $0?.hasPrefix("bytes=") == true })
            #expect(log.waits == 3)
        }
    }

    @Test("what an older pull left is gone on with; nothing of it is fetched twice")
    func resumed() async throws {
        let counter = Counter()
        let fake = try await FakeRegistry { request, reply in
            guard request.path.contains("/blobs/"), reply.body.count > 1 << 20 else {
                return reply
            }
            var reply = reply
            if counter.next() == 1 { reply.cutAfter = 3 << 20 }
            return reply
        }
        try await ImageHome.with { home in
            var access = ImageHome.access()
            access.retry.attempts = 1
            await #expect(throws: RegistryError.self) { try await home.pull(fake.name, access) }
            let part = try await home.leftovers()
            #expect(part.count == 1)
            #expect(part.first?.hasSuffix(".part") == true)
            #expect(try await home.names() == [])
            let log = PullLog()
            let image = try await home.pull(fake.name, log: log)
            let began = try #require(log.began.first)
            #expect(began > 0)
            #expect(image.received == Int64(fake.layer.count) - began)
            #expect(Self.ranges(fake).last == "bytes=\(began)-")
            #expect(try await home.verify(fake.name))
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test(
        "a server that does not continue starts over",
        arguments: ["ignores Range", "gives another range", "refuses it"])
    func startsOver(how: String) async throws {
        let counter = Counter()
        let layer = FakeRegistry.layer()
        let fake = try await FakeRegistry(layer: layer) { request, reply in
            guard request.path.contains("/blobs/"),
                reply.body.count > 1 << 10 || reply.status == 206
            else { return reply }
            if counter.next() == 1 { return WebReply(body: layer, cutAfter: 2 << 20) }
            guard request.headers["range"] != nil else { return reply }
            switch how {
            case "ignores Range": return WebReply(body: layer)
            case "refuses it": return WebReply(416)
            default:
                return WebReply(
                    206, headers: ["content-range": "bytes 0-9/\(layer.count)"],
                    body: layer.prefix(10))
            }
        }
        try await ImageHome.with { home in
            try await home.pull(fake.name)
            #expect(try await home.verify(fake.name))
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("a part that is damaged is found out, and fetched whole")
    func damagedPart() async throws {
        let fake = try await FakeRegistry()
        try await ImageHome.with { home in
            try Files.makeFolders("\(home.path)/blobs/incoming")
            try Files.writeFile(
                "\(home.path)/blobs/incoming/\(Digest(of: fake.layer).hex).part",
                [UInt8](repeating: 7, count: 1000))
            let log = PullLog()
            try await home.pull(fake.name, log: log)
            #expect(log.began == [1000, 0])
            #expect(try await home.verify(fake.name))
        }
    }

    @Test("a part that nobody goes on with is removed after a week")
    func oldPart() async throws {
        let fake = try await FakeRegistry()
        try await ImageHome.with { home in
            try Files.makeFolders("\(home.path)/blobs/incoming")
            try await home.shell(
                """
                touch -d '@100' blobs/incoming/\(String(repeating: "a", count: 64)).part
                touch blobs/incoming/\(String(repeating: "b", count: 64)).part
                """)
            let images = home.images
            _ = try await images.pull(
                PullRequest(try ImageReference(parsing: fake.name)), ImageHome.access(),
                at: Timestamp(microseconds: 1_000_000 * (200 + 7 * 86_400)))
            #expect(try Files.list("\(home.path)/blobs/incoming").count == 1)
        }
    }

    @Test("too many requests: the wait that is asked for is kept, a long one is not waited for")
    func tooMany() async throws {
        let counter = Counter()
        let fake = try await FakeRegistry { request, reply in
            guard request.path.contains("/manifests/"), counter.next() == 1 else { return reply }
            return WebReply(429, headers: ["retry-after": "1"])
        }
        try await ImageHome.with { home in
            let log = PullLog()
            let began = ContinuousClock.now
            try await home.pull(fake.name, log: log)
            #expect(ContinuousClock.now - began >= .seconds(1))
            #expect(log.waits == 1)
        }
        let busy = try await FakeRegistry { request, reply in
            request.path.contains("/manifests/")
                ? WebReply(429, headers: ["retry-after": "3600"]) : reply
        }
        try await ImageHome.with { home in
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(busy.name)
            }
            guard case .tooManyRequests(_, retryAfterSeconds: 3600) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("a server in trouble is asked again, and given up at last")
    func trouble() async throws {
        let counter = Counter()
        let fake = try await FakeRegistry { request, reply in
            request.path.hasPrefix("/v2/a") && counter.next() % 2 == 1 ? WebReply(503) : reply
        }
        try await ImageHome.with { home in
            try await home.pull(fake.name)
            #expect(try await home.verify(fake.name))
        }
        let dead = try await FakeRegistry { request, reply in
            request.path.hasPrefix("/v2/a") ? WebReply(500, body: "out of order".utf8) : reply
        }
        try await ImageHome.with { home in
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(dead.name)
            }
            #expect(error.description.contains("500"))
            #expect(error.description.contains("out of order"))
            #expect(dead.server.requests.count { $0.path == dead.manifestPath } == 5)
        }
    }

    @Test("a server that says nothing is unreachable, not waited for")
    func silent() async throws {
        let fake = try await FakeRegistry { request, reply in
            var reply = reply
            reply.isSilent = request.path.contains("/manifests/")
            return reply
        }
        try await ImageHome.with { home in
            var access = ImageHome.access()
            access.silence = .milliseconds(300)
            access.retry.attempts = 1
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(fake.name, access)
            }
            guard case .unreachable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("credentials do not follow a redirect to another host, and do to the same")
    func redirects() async throws {
        let layer = FakeRegistry.layer(bytes: 1 << 20)
        let elsewhere = try WebServer { _ in WebReply(body: layer) }
        let store = "http://\(elsewhere.host)/signed?secret=1"
        let fake = try await FakeRegistry(layer: layer) { request, reply in
            if request.path.hasPrefix("/v2/a"), request.headers["authorization"] == nil {
                return WebReply(401, headers: ["www-authenticate": "Basic realm=\"x\""])
            }
            if request.path == "/v2/a/b/manifests/1" {
                return WebReply(307, headers: ["location": "/v2/a/b/manifests/1/"])
            }
            if request.path == "/v2/a/b/manifests/1/" {
                let manifest = FakeRegistry.manifest(
                    configuration: FakeRegistry.configuration(of: layer), layer: layer)
                return WebReply(headers: ["content-type": MediaType.manifest], body: manifest)
            }
            if reply.body.count == layer.count {
                return WebReply(302, headers: ["location": store])
            }
            return reply
        }
        try await ImageHome.with { home in
            let file = try home.authFile(
                #"{"auths":{"\#(fake.server.host)":{"auth":"YWRhOnNlY3JldA=="}}}"#)
            try await home.pull(fake.name, ImageHome.access(environment: file))
            #expect(try await home.verify(fake.name))
            #expect(elsewhere.requests.count == 1)
            #expect(elsewhere.requests.allSatisfy { $0.headers["authorization"] == nil })
            let same = fake.server.requests.filter { $0.path == "/v2/a/b/manifests/1/" }
            #expect(same.map { $0.headers["authorization"] } == ["Basic YWRhOnNlY3JldA=="])
        }
    }

    @Test(
        "redirects that lead nowhere are refused",
        arguments: [
            ("in a circle", "/v2/a/b/manifests/1", "more than 5 times"),
            ("without an address", "", "no valid address"),
            ("to a file", "file:///etc/passwd", "no valid address"),
            ("with a user", "http://a:b@127.0.0.1/x", "no valid address"),
        ])
    func badRedirects(fact: String, location: String, why: String) async throws {
        let fake = try await FakeRegistry { request, reply in
            request.path.contains("/manifests/")
                ? WebReply(302, headers: ["location": location]) : reply
        }
        try await ImageHome.with { home in
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(fake.name)
            }
            #expect(error.description.contains(why), "\(error)")
        }
    }

    @Test("hosts are reached through a proxy where the environment says so")
    func proxied() async throws {
        let fake = try await FakeRegistry()
        let port = fake.server.port
        let proxy = try WebServer { request in
            var reply = WebReply(403)
            if request.path == "registry.invalid:80" { reply.tunnel = port }
            return reply
        }
        try await ImageHome.with { home in
            var access = ImageHome.access()
            access.proxies = ProxyRules(environment: [
                "http_proxy": "http://ada:p@\(proxy.host)", "https_proxy": proxy.host,
            ])
            var options = RegistryOptions()
            options.isPlain = true
            access.options["registry.invalid"] = options
            try await home.pull("registry.invalid/a/b:1", access)
            #expect(try await home.verify("registry.invalid/a/b:1"))
            #expect(proxy.requests.allSatisfy { $0.method == "CONNECT" })
            #expect(
                proxy.requests.allSatisfy {
                    $0.headers["proxy-authorization"] == "Basic YWRhOnA="
                })
            // One that leads nowhere.
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull("secure.invalid/a/b:1", access)
            }
            #expect(error.description.contains("the proxy does not lead there"))
            #expect(proxy.requests.last?.path == "secure.invalid:443")
        }
    }

    @Test("a token that ends in the middle of a pull is replaced")
    func tokenEnds() async throws {
        let issued = Counter()
        let tokens = try WebServer { _ in
            WebReply(body: #"{"token":"t\#(issued.next())"}"#.utf8)
        }
        let pieces = Counter()
        let fake = try await FakeRegistry { request, reply in
            guard request.path.hasPrefix("/v2/a") else { return reply }
            // The first is good until something has come of the layer.
            let expected = request.headers["range"] == nil ? "Bearer t1" : "Bearer t2"
            guard request.headers["authorization"] == expected else {
                return WebReply(
                    401,
                    headers: [
                        "www-authenticate": "Bearer realm=\"http://\(tokens.host)/token\""
                    ])
            }
            var reply = reply
            if reply.body.count > 1 << 20, pieces.next() == 1 { reply.cutAfter = 2 << 20 }
            return reply
        }
        try await ImageHome.with { home in
            try await home.pull(fake.name)
            #expect(try await home.verify(fake.name))
            #expect(tokens.requests.count == 2)
            #expect(tokens.requests.allSatisfy { $0.query("scope") == "repository:a/b:pull" })
        }
    }

    @Test("a password is not sent where a token server redirects to")
    func tokenRedirect() async throws {
        let thief = try WebServer { _ in WebReply(body: #"{"token":"x"}"#.utf8) }
        let tokens = try WebServer { _ in
            WebReply(302, headers: ["location": "http://\(thief.host)/token"])
        }
        let fake = try await FakeRegistry { request, reply in
            request.path.hasPrefix("/v2/a")
                ? WebReply(
                    401,
                    headers: ["www-authenticate": "Bearer realm=\"http://\(tokens.host)/token\""])
                : reply
        }
        try await ImageHome.with { home in
            let file = try home.authFile(
                #"{"auths":{"\#(fake.server.host)":{"auth":"YWRhOnNlY3JldA=="}}}"#)
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(fake.name, ImageHome.access(environment: file))
            }
            #expect(error.description.contains("redirects the request for a token"))
            #expect(tokens.requests.count == 1)
            #expect(thief.requests.isEmpty)
        }
    }
}
