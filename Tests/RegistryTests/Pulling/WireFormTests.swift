import Domain
import Foundation
import OCI
import TestSupport
import Testing

@testable import Registry

/// What comes from registries, token servers and files, as text.
struct WireFormTests {
    @Test(
        "addresses",
        arguments: [
            ("https://Host.name/v2/", "https://host.name/v2/"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000/"),
            ("HTTPS://a:443/b?c=d#e", "https://a/b?c=d"), ("http://[::1]:80/x", "http://[::1]/x"),
            ("https://a?b=c", "https://a/?b=c"),
        ])
    func address(text: String, expected: String) {
        #expect(WebAddress(text)?.description == expected)
    }

    @Test(
        "what is no address",
        arguments: [
            "", "a", "ftp://a/", "https://", "https:///x", "https://a:b@c/", "https://a@b/",
            "https://a b/", "https://a\n/", "https://a\\@b/", "https://a/\\b", "https://a:0/",
            "https://a:65536/", "https://a:+1/", "https://é/", "http://[::1/", "http://[x]/",
            "https://" + String(repeating: "a", count: 300) + "/",
            "https://a/" + String(repeating: "a", count: 20_000),
        ])
    func noAddress(text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test("where a Location leads from here")
    func following() throws {
        let here = try #require(WebAddress("https://a:5000/v2/x?y=z"))
        #expect(here.following("/b?c")?.description == "https://a:5000/b?c")
        #expect(here.following("//b/c")?.description == "https://b/c")
        #expect(here.following("http://b/c")?.description == "http://b/c")
        #expect(here.following("b/c") == nil)
        #expect(here.shown == "https://a:5000/v2/x")
        #expect(!here.hasSameOrigin(as: try #require(WebAddress("https://a/v2/"))))
        #expect(!here.hasSameOrigin(as: try #require(WebAddress("http://a:5000/"))))
    }

    @Test(
        "only this machine is loopback",
        arguments: [
            ("localhost", true), ("127.0.0.1", true), ("127.1.2.3", true), ("[::1]", true),
            ("127.0.0.1.example.com", false), ("127.0.0", false), ("localhost.example.com", false),
            ("10.0.0.1", false), ("127.0.0.999", false),
        ])
    func loopback(host: String, expected: Bool) {
        #expect(WebAddress.isLoopback(host) == expected)
    }

    @Test(
        "challenges",
        arguments: [
            (
                [#"Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push""#],
                ["bearer"], "https://a/t"
            ),
            ([#"Basic realm="a \"b\", c""#], ["basic"], #"a "b", c"#),
            (
                [#"Basic realm=x, Bearer realm="https://t" , service=s"#], ["basic", "bearer"],
                "https://t"
            ),
            (["Negotiate YII=, Basic realm=\"x\""], ["negotiate", "basic"], "x"),
            (["Basic", "Bearer realm=\"y\""], ["basic", "bearer"], "y"),
            (["bearer  REALM = \"y\""], ["bearer"], "y"),
        ] as [([String], [String], String)])
    func challenge(fields: [String], schemes: [String], realm: String) {
        let challenges = AuthenticationChallenge.parse(fields)
        #expect(challenges.map(\.scheme) == schemes)
        #expect(AuthenticationChallenge.best(of: challenges)?.parameters["realm"] == realm)
    }

    @Test("what cannot be read of a challenge is left, and its length is bounded")
    func badChallenges() {
        for text in ["", ",,,", "=x", "\"", "Bearer realm=\"open", "é"] {
            let best = AuthenticationChallenge.best(of: AuthenticationChallenge.parse([text]))
            #expect(best == nil, "\(text)")
        }
        let long = "Basic realm=\"" + String(repeating: "a", count: 20_000) + "\""
        #expect(AuthenticationChallenge.parse([long]).isEmpty)
        let many = String(repeating: "a b=c, ", count: 1000)
        #expect(AuthenticationChallenge.parse([many]).count <= 32)
    }

    @Test("tokens")
    func tokens() {
        func read(_ text: String) -> TokenReply? { TokenReply(parsing: Array(text.utf8)) }
        #expect(read(#"{"token":"a"}"#)?.token.reveal() == "a")
        #expect(read(#"{"token":"","access_token":"b"}"#)?.token.reveal() == "b")
        #expect(read(#"{"token":"a","expires_in":5}"#)?.lifetime == .seconds(60))
        #expect(read(#"{"token":"a","expires_in":900}"#)?.lifetime == .seconds(900))
        #expect(read(#"{"token":"a","expires_in":99999999}"#)?.lifetime == .seconds(86_400))
        for text in ["", "[]", "{}", #"{"token":1}"#, #"{"token":"a\nb: c"}"#, #"{"token":"é"}"#] {
            #expect(read(text) == nil, "\(text)")
        }
    }

    @Test(
        "no more is asked for than to pull",
        arguments: [
            (nil, "repository:a/b:pull"), ("repository:x/y:pull", "repository:x/y:pull"),
            ("repository:a/b:pull,push", "repository:a/b:pull"),
            ("registry:catalog:*", "repository:a/b:pull"), ("", "repository:a/b:pull"),
            ("repository:x:push repository:y:pull", "repository:a/b:pull"),
        ] as [(String?, String)])
    func scope(asked: String?, expected: String) {
        #expect(PullScope(repository: "a/b").asked(for: asked) == expected)
    }

    @Test("ranges")
    func ranges() {
        #expect(ContentRange("bytes 5-9/10")?.first == 5)
        #expect(ContentRange("bytes 5-9/*")?.size == nil)
        for text in [
            "", "bytes", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "bytes -5-9/10",
            "bytes 5-9", "bytes a-b/c", "items 5-9/10", "bytes 5-9/10/11",
            "bytes 99999999999999999999-1/1",
        ] { #expect(ContentRange(text) == nil, "\(text)") }
    }

    @Test(
        "proxies",
        arguments: [
            ("http://proxy.name:3128", "proxy.name:3128"), ("proxy.name", "proxy.name:80"),
            ("http://u%40x:p%3aq@proxy.name:1/", "u@x:p:q@proxy.name:1"),
            ("http://u@proxy.name:1", "u:@proxy.name:1"), ("socks5://a:1", nil),
            ("http://a:1/path", nil), ("http://", nil), ("http://%zz@a:1", nil), ("a b", nil),
        ] as [(String, String?)])
    func proxy(text: String, expected: String?) {
        let found = ProxyRules.read(text).map { proxy in
            (proxy.user.map { "\($0):\(proxy.password ?? "")@" } ?? "")
                + "\(proxy.host):\(proxy.port)"
        }
        #expect(found == expected)
    }

    @Test("who is reached without a proxy")
    func direct() throws {
        let rules = ProxyRules(environment: [
            "HTTPS_PROXY": "http://proxy:1", "https_proxy": "http://lower:2", "HTTP_PROXY": "?",
            "NO_PROXY": "a.name, .b.name,*.c.name,10.0.0.0/8,d.name:5000",
        ])
        func proxy(_ text: String) throws -> String? {
            try rules.proxy(for: try #require(WebAddress(text)))?.host
        }
        for direct in [
            "https://a.name/", "https://x.a.name/", "https://x.b.name/", "https://c.name/",
            "https://10.1.2.3/", "https://d.name:5000/", "https://localhost/", "http://127.0.0.1/",
        ] { #expect(try proxy(direct) == nil, "\(direct)") }
        for other in ["https://xa.name/", "https://11.1.2.3/", "https://d.name/"] {
            #expect(try proxy(other) == "lower", "\(other)")
        }
        #expect(throws: RegistryError.self) { try proxy("http://xa.name/") }
        #expect(try ProxyRules().proxy(for: try #require(WebAddress("https://a/"))) == nil)
    }

    @Test("the next page")
    func nextPage() {
        #expect(NextPage.target(inLink: [#"</v2/a?n=1>; rel="next""#]) == "/v2/a?n=1")
        #expect(NextPage.target(inLink: [#"<a>; rel=prev, <b>; x="y"; rel="next""#]) == "b")
        for text in ["", "<a>", "<a", "a; rel=next", "<a>; rel=nextish"] {
            #expect(NextPage.target(inLink: [text]) == nil, "\(text)")
        }
    }

    @Test("waits grow, have a bound, keep what is asked, and end")
    func retry() {
        let policy = RetryPolicy()
        let waits = (1..<5).map { policy.wait(after: $0, asked: nil, chance: 1)?.milliseconds }
        #expect(waits == [500, 1000, 2000, 4000])
        #expect(policy.wait(after: 1, asked: nil, chance: 0)?.milliseconds == 250)
        #expect(policy.wait(after: 5, asked: nil, chance: 0) == nil)
        #expect(policy.wait(after: 1, asked: .seconds(60), chance: 0) == .seconds(60))
        #expect(policy.wait(after: 1, asked: .seconds(121), chance: 0) == nil)
        #expect(RetryPolicy.asked("7") == .seconds(7))
        for text in ["-1", "x", "99999999999", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            #expect(RetryPolicy.asked(text) == nil)
        }
    }

    @Test("altered texts are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func altered(_ text: String) -> String {
            String(decoding: random.mutated(Array(text.utf8)), as: UTF8.self)
        }
        let challenge = #"Basic realm="x", Bearer realm="https://a/t",service="s\"",scope="a:b:c""#
        for _ in 0..<300 {
            if let address = WebAddress(altered("https://a.b:5000/c/d?e=f")) {
                // What is read means the same when it is read again.
                #expect(WebAddress(address.description) == address)
                _ = address.following(altered("//x.y/z"))
            }
            _ = AuthenticationChallenge.parse([altered(challenge)])
            _ = TokenReply(parsing: random.mutated(Array(#"{"token":"a","expires_in":9}"#.utf8)))
            _ = ContentRange(altered("bytes 5-9/10"))
            _ = NextPage.target(inLink: [altered(#"<a>; rel="prev", </b>; rel="next""#)])
            _ = RetryPolicy.asked(altered("120"))
            _ = ProxyRules.read(altered("http://u:p%40@proxy.name:3128"))
            _ = try? ProxyRules(environment: [
                "HTTPS_PROXY": "a", "NO_PROXY": altered("a,.b,1.0/8"),
            ])
            .proxy(for: WebAddress(scheme: .https, host: "1.2.3.4", port: 1, path: "/"))
            _ = PullScope(repository: "a").asked(for: altered("repository:a/b:pull"))
            _ = RemoteNote(random.mutated(Array(#"{"errors":[{"code":"A","message":"b"}]}"#.utf8)))
        }
    }
}
