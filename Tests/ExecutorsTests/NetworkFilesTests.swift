import Domain
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
