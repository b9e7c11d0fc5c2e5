import Domain
import TestSupport
import Testing

@testable import Workflows

/// Mistakes in what jobs may reach.
extension MistakeTests {
    private static func bridged(_ entry: String) -> String {
        inJob("network: bridge\negress: [\(entry)]")
    }

    private static let many = (1...65).map { "h\($0).test:80" }.joined(separator: ", ")

    static let ofEgress: [Mistake] =
        [
            marked(.conflictingKeys, inJob("→egress: [a.test:80]")),
            marked(.conflictingKeys, inJob("network: none\n→egress: [a.test:80]")),
            marked(.invalidValue, inJob("network: →bridges\negress: [a.test:80]")),
            marked(.empty, inJob("network: bridge\negress: →[]")),
            marked(.wrongType, inJob("network: bridge\negress: →a.test:80")),
            marked(.wrongType, inJob("network: bridge\negress: [→null]")),
            marked(.limit, inJob("network: bridge\negress: →[\(many)]")),
            marked(.duplicateName, bridged("a.test:80, →A.test:80")),
            marked(
                .conflictingKeys,
                inJob(
                    "network: bridge\negress: [db:80]\nservices: {→db: {component: busybox}}")),
        ]
        + [
            "example.org", "'*.example.org:443'", "'*:443'", "https://example.org", "a.test:0",
            "a.test:65536", "a.test:080", "a.test:http", "'a.test:'", "':80'", "'[::1]:80'",
            "'::1'", "127.0.0.1:80", "127.9.9.9:80", "localhost:80", "a.localhost:80",
            "127.1:80", "0x7f.1:80", "010.0.0.1:80", "10.0.0.256:80", "1.2.3:80", "0.0.0.0:80",
            "224.0.0.1:80", "255.255.255.255:80", "-a.test:80", "a..test:80", "a_-.test:80",
            "a.test.:80", "'a b:80'", "'${inputs.X}:80'", "user@a.test:80", "'é.test:80'",
        ].map { marked(.invalidValue, bridged("→\($0)")) }
        + [
            marked(
                .invalidValue,
                file(
                    "defaults: {egress: [→a.test]}\n"
                        + "stages: [{name: s, jobs: [{name: a, component: busybox}]}]\n"))
        ]
}

/// What jobs may reach.
struct EgressTests {
    private static func job(_ defaults: String, _ job: String) throws -> Isolation {
        let outcome = WorkflowFile.parse(
            Array(
                """
                slipway: 1
                name: x
                defaults: {\(defaults)}
                stages: [{name: s, jobs: [{name: a, component: busybox\(job)}]}]
                """.utf8))
        #expect(outcome.diagnostics.isEmpty)
        return try #require(outcome.definition).stages[0].jobs[0].isolation
    }

    @Test(
        "the defaults' list is for jobs with a bridge; a job's own takes its place",
        arguments: [
            ("network: bridge, egress: ['a.test:80']", "", ["a.test:80"]),
            ("egress: ['a.test:80']", "", []),
            ("egress: ['a.test:80']", ", network: bridge", ["a.test:80"]),
            ("network: bridge, egress: ['a.test:80']", ", network: none", []),
            (
                "network: bridge, egress: ['a.test:80']", ", egress: ['10.0.0.1:65535']",
                ["10.0.0.1:65535"]
            ),
            (
                "network: bridge", ", egress: ['A.Test:1', 'db:5432', 'a_b.x-y.z9:22']",
                ["a.test:1", "db:5432", "a_b.x-y.z9:22"]
            ),
            ("network: bridge", "", []),
        ])
    func effective(defaults: String, job: String, entries: [String]) throws {
        #expect(try Self.job(defaults, job).egress.map(\.description) == entries)
    }

    @Test(
        "ranges are whole",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("0.0.0.0/0", "0.0.0.0/0"),
            ("10.0.0.1/8", nil), ("10.0.0.0/33", nil), ("10.0.0.0/", nil), ("10.0.0/8", nil),
            ("10.0.0.0/8/9", nil), ("10.0.0.0/-1", nil), ("10.0.0.0/+8", nil), ("::/0", nil),
            ("", nil),
        ])
    func ranges(text: String, read: String?) {
        let found: String?
        do { found = try IPv4Network(parsing: text).description } catch { found = nil }
        #expect(found == read)
    }

    @Test("whatever the text, an entry that is read says the same when it is read again")
    func fuzz() throws {
        var random = SeededGenerator(seed: 26)
        let pieces = [
            "a", "Z", "9", "0", ".", ":", "-", "_", "*", "10.0.0.1", "127.", "443", "65536", "é",
            "[", "::1", "${", "localhost", "test", "//", " ", "\u{0}",
        ]
        var count = 0
        for _ in 0..<20_000 {
            let host = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            let text =
                host + [":", "", "::", ":0"][Int.random(in: 0..<4, using: &random)]
                + String(Int.random(in: 0...70_000, using: &random))
            guard let entry = Self.entry(text) else { continue }
            count += 1
            #expect(Self.entry(entry.description) == entry)
            // They stand in the hosts file and in rules.
            #expect(
                entry.description.utf8.allSatisfy {
                    (48...58).contains($0) || (97...122).contains($0) || [45, 46, 95].contains($0)
                })
        }
        #expect(count > 50)
    }

    private static func entry(_ text: String) -> EgressEntry? {
        do { return try EgressEntry(parsing: text) } catch { return nil }
    }

    @Test("a range holds its addresses and no others")
    func contains() throws {
        let range = try IPv4Network(parsing: "172.16.0.0/12")
        for (address, isIn) in [
            ("172.15.255.255", false), ("172.16.0.0", true), ("172.31.255.255", true),
            ("172.32.0.0", false),
        ] {
            #expect(range.contains(try IPv4Address(parsing: address)) == isIn)
        }
        #expect(try IPv4Network(parsing: "0.0.0.0/0").contains(IPv4Address(.max)))
    }
}
