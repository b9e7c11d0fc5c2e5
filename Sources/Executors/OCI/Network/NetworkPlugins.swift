import Domain
import Storage
import Workflows

/// The machine's CNI plugins (CNI specification 1.0.0): they connect a network namespace with a
/// bridge of this machine, give it an address, and take both away again.
struct NetworkPlugins: Sendable {
    /// One bridge for all homes of the machine; ports on it cannot talk to each other.
    static let bridge = "slipway0"
    /// Of private use (RFC 1918), and rare.
    static let subnet = IPv4Network(around: gateway, prefix: 16)
    /// The machine's own address on the bridge: the first of the subnet (host-local/README).
    static let gateway = IPv4Address(10 << 24 | 83 << 16 | 1)
    /// In memory, as are the namespaces that hold the addresses.
    static let addressesPath = "/run/slipway/addresses"

    /// What the plugins know the network as.
    static let network = "slipway"

    static let folders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"]
    static let names = ["bridge", "host-local", "firewall"]
    static let fix = "apt-get install containernetworking-plugins iptables util-linux"

    let folder: String

    /// Looks for the plugins and for what they call.
    static func find() throws(ExecutorError) -> NetworkPlugins {
        let missing = missing
        guard missing.isEmpty, let folder else {
            throw .missing(
                "what `network: bridge` needs (\(missing.joined(separator: ", ")))",
                hint: "install with: \(fix)")
        }
        return NetworkPlugins(folder: folder)
    }

    private static var folder: String? {
        folders.first { folder in names.contains { Files.isExecutable("\(folder)/\($0)") } }
    }

    /// What this machine lacks.
    static var missing: [String] {
        let plugins = names.filter { name in
            folder.map { !Files.isExecutable("\($0)/\(name)") } ?? true
        }
        return plugins.map { "the CNI plugin \($0)" }
            + (["iptables"] + Firewall.tools).filter { Spawning.path(of: $0) == nil }
    }

    /// In the order in which a namespace is connected.
    private static let configurations: [[String: JSONValue]] = [
        [
            "type": "bridge", "bridge": .string(bridge), "isGateway": true, "ipMasq": true,
            "ipam": .object([
                "type": "host-local", "dataDir": .string(addressesPath),
                "ranges": [[.object(["subnet": .string(subnet.description)])]],
                "routes": [["dst": "0.0.0.0/0"]],
            ]),
        ],
        // Lets its packets through where the machine forwards none, and not to other bridges.
        ["type": "firewall", "backend": "iptables", "ingressPolicy": "same-bridge"],
    ]

    /// Connects a namespace; the answer is what `remove` and whoever asks for addresses need.
    func add(_ container: String, namespace: String) throws -> JSONValue {
        var result = JSONValue.null
        for configuration in Self.configurations {
            result = try call("ADD", configuration, container, namespace, previous: result)
        }
        return result
    }

    /// Takes the connection and the address away; what is gone already is no error.
    func remove(_ container: String, namespace: String, result: JSONValue) throws {
        for configuration in Self.configurations.reversed() {
            _ = try call("DEL", configuration, container, namespace, previous: result)
        }
    }

    private func call(
        _ command: String, _ configuration: [String: JSONValue], _ container: String,
        _ namespace: String, previous: JSONValue
    ) throws -> JSONValue {
        var members = configuration
        members["cniVersion"] = "1.0.0"
        members["name"] = .string(Self.network)
        if previous != .null { members["prevResult"] = previous }
        let plugin = configuration["type"]?.stringValue ?? ""
        let (result, output) = try Spawning.capture(
            "\(folder)/\(plugin)", [],
            environment: [
                "CNI_COMMAND=\(command)", "CNI_CONTAINERID=\(container)",
                "CNI_NETNS=\(namespace)", "CNI_IFNAME=eth0", "CNI_PATH=\(folder)",
            ],
            input: JSONValue.object(members).canonicalBytes, limit: 1 << 20)
        let answer: JSONValue
        do { answer = output.isEmpty ? .null : try JSONParser.parse(output) } catch {
            answer = .null
        }
        guard result.code == 0 else {
            // Errors are an object with `msg` and `details` (CNI specification, "Error").
            let said = [answer["msg"]?.stringValue, answer["details"]?.stringValue]
                .compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
            throw ExecutorError.runtime(
                "CNI plugin \(plugin), \(command): "
                    + (said.isEmpty ? "code \(result.code): \(result.message)" : said))
        }
        return answer
    }
}

/// What the plugins answered.
extension JSONValue {
    /// The address that the namespace was given, without its prefix's length.
    var networkAddress: String? {
        self["ips"]?.arrayValue?.first?["address"]?.stringValue.map {
            String($0.prefix { $0 != "/" })
        }
    }

    /// The machine's end of the connection.
    var networkPort: String? {
        self["interfaces"]?.arrayValue?.first {
            $0["sandbox"] == nil && $0["name"]?.stringValue != NetworkPlugins.bridge
        }?["name"]?.stringValue
    }
}
