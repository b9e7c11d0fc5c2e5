import Domain
import TestSupport
import Testing

@testable import Executors

/// What containers are told about their network.
struct NetworkFilesTests {
    @Test(
        "name servers that only the machine itself can reach are left out",
        arguments: [
            ("nameserver 10.0.0.1\n", "nameserver 10.0.0.1\n"),
            ("nameserver 127.0.0.53\noptions edns0\nsearch a.b\n", "options edns0\nsearch a.b\n"),
            (
                "# c\n; d\nnameserver ::1\nnameserver\t2001:db8::1\nsortlist x",
                "nameserver\t2001:db8::1\n"
            ),
            ("nameserver 127.0.0.1\nnameserver 9.9.9.9", "nameserver 9.9.9.9\n"),
            ("nameserver\n\n", ""),
        ])
    func resolver(text: String, kept: String) {
        #expect(AttemptNetwork.resolver(from: text) == kept)
    }

    @Test("whatever the machine's file holds, only known lines get through")
    func fuzz() {
        var random = SeededGenerator(seed: 7)
        let words = [
            "nameserver", "127.0.0.1", "::1", "10.0.0.1", "search", "a.b", "#", "\t", "é", "",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                words[Int.random(in: 0..<words.count, using: &random)]
                    + [" ", "\n", "\t", ""][Int.random(in: 0..<4, using: &random)]
            }.joined()
            for line in AttemptNetwork.resolver(from: text).split(separator: "\n") {
                let parts = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
                #expect(["nameserver", "search", "options", "domain"].contains(parts[0]))
                if parts[0] == "nameserver" {
                    #expect(!parts[1].hasPrefix("127.") && parts[1] != "::1")
                }
            }
        }
    }

    @Test("hosts name the container and its services")
    func hosts() {
        #expect(
            AttemptNetwork.hosts(address: "10.83.0.2", names: ["db"]) == """
                127.0.0.1 localhost
                ::1 localhost ip6-localhost ip6-loopback
                10.83.0.2 slipway
                127.0.0.1 db

                """)
    }

    @Test("the port of the machine is the one that is neither in the namespace nor the bridge")
    func port() throws {
        let text = """
            {"interfaces": [{"name": "slipway0"}, {"name": "veth1"},
            {"name": "eth0", "sandbox": "/x"}], "ips": [{"address": "10.83.0.7/16"}]}
            """
        let result = try JSONParser.parse(text.utf8)
        #expect(result.networkPort == "veth1")
        #expect(result.networkAddress == "10.83.0.7")
        #expect(JSONValue.null.networkPort == nil)
    }
}
