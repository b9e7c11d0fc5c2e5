import Domain
import Glibc
import Storage
import Synchronization
import TestSupport
import Testing

/// What lies behind the machine: a network namespace with an address of its own, and servers in it
/// or on the machine. All of it goes with the test.
final class World: Sendable {
    let folder: String
    private let name: String
    private let third: UInt8
    private let programs = Mutex<[Program]>([])

    var address: String { "10.84.\(third).2" }
    /// The machine's own address towards the world.
    var machineAddress: String { "10.84.\(third).1" }
    /// Free for the machine to take later.
    var laterAddress: String { "10.84.\(third).9" }
    var network: String { "10.84.\(third).0/24" }
    /// An address of the world such as clouds have for machines' credentials.
    var linkLocalAddress: String { "169.254.\(third).254" }
    /// The machine's device towards the world.
    var device: String { "v\(name)" }

    static func with(_ body: (World) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let world = try World(folder)
            do {
                try await world.make()
                try await body(world)
            } catch {
                try await world.end()
                throw error
            }
            try await world.end()
        }
    }

    private func make() async throws {
        try await shell(
            """
            ip netns add \(name)
            ip link add \(device) type veth peer name eth0 netns \(name)
            ip addr add \(machineAddress)/24 dev \(device)
            ip link set \(device) up
            ip -n \(name) addr add \(address)/24 dev eth0
            ip -n \(name) addr add \(linkLocalAddress)/32 dev eth0
            ip -n \(name) link set eth0 up; ip -n \(name) link set lo up
            ip -n \(name) route add 10.83.0.0/16 via \(machineAddress)
            ip route add \(linkLocalAddress)/32 dev \(device)
            """)
    }

    /// Numbers of those that there were: a device may go a moment after its namespace.
    private static let taken = Mutex<Set<UInt8>>([])

    private init(_ folder: String) throws {
        let free = Self.taken.withLock { taken in
            let number = (1...250).filter { !taken.contains($0) }.randomElement()
            if let number { taken.insert(number) }
            return number
        }
        third = try #require(free)
        name = "slw\(third)-\(getpid() % 10_000)"
        self.folder = folder
    }

    private func end() async throws {
        for program in programs.withLock({ $0 }) {
            program.signal(SIGKILL)
            _ = try await program.wait()
        }
        _ = try await Program.run("/sbin/ip", ["netns", "del", name])
    }

    /// Runs a script on the machine that must succeed.
    @discardableResult
    func shell(_ script: String) async throws -> String {
        let result = try await Program.run(
            "/bin/sh", ["-ec", script], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        try #require(result.code == 0, "\(script): \(result.error)")
        return result.output
    }

    /// The same in the world; says how it ended.
    func inside(_ words: [String]) async throws -> ProgramResult {
        try await Program.run("/sbin/ip", ["netns", "exec", name] + words)
    }

    /// A web server that answers `word` to everything, and prints whom it answered.
    func web(
        _ word: String, on address: String, port: Int = 0, isInside: Bool = true
    ) async throws -> Server {
        try await start(
            """
            import http.server, sys
            class H(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    print('from', self.client_address[0], flush=True)
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(b'\(word)\\n')
                def log_message(self, *a): pass
            s = http.server.ThreadingHTTPServer(('\(address)', \(port)), H)
            print('port', s.server_address[1], flush=True)
            s.serve_forever()
            """, isInside)
    }

    /// Prints the name of each file that a client of TFTP asks for (RFC 1350), and never answers.
    func datagrams(on address: String, isInside: Bool = true) async throws -> Server {
        try await start(
            """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(('\(address)', 0))
            print('port', s.getsockname()[1], flush=True)
            while True:
                print(s.recv(4096)[2:].split(b'\\0')[0].decode('latin1'), flush=True)
            """, isInside)
    }

    /// A name server for UDP: it knows one name, and prints all that it is asked for (RFC 1035).
    func names(
        _ name: String, is answer: String, on address: String, isInside: Bool = true
    ) async throws -> Server {
        try await start(
            """
            import socket, struct
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(('\(address)', 53))
            print('port', 53, flush=True)
            while True:
                q, peer = s.recvfrom(4096)
                at, labels = 12, []
                while q[at]:
                    labels.append(q[at + 1:at + 1 + q[at]].decode('latin1'))
                    at += 1 + q[at]
                question = q[12:at + 5]
                kind = struct.unpack('>H', q[at + 1:at + 3])[0]
                name = '.'.join(labels)
                print('asked', name, flush=True)
                known = name == '\(name)'
                yes = known and kind == 1
                flags = 0x8580 if known else 0x8583
                r = q[:2] + struct.pack('>HHHHH', flags, 1, 1 if yes else 0, 0, 0) + question
                if yes:
                    r += b'\\xc0\\x0c' + struct.pack('>HHIH', 1, 1, 5, 4)
                    r += socket.inet_aton('\(answer)')
                s.sendto(r, peer)
            """, isInside)
    }

    private func start(_ script: String, _ isInside: Bool) async throws -> Server {
        let words = ["/usr/bin/python3", "-c", script]
        let program =
            try isInside
            ? Program("/sbin/ip", ["netns", "exec", name] + words)
            : Program(words[0], Array(words.dropFirst()))
        programs.withLock { $0.append(program) }
        let line: String? = try await eventually {
            try program.printed().split(separator: "\n").first.map(String.init)
        }
        let complaint = line == nil ? try program.complained() : ""
        let port = try #require(line.flatMap { Int($0.dropFirst(5)) }, "\(complaint)")
        return Server(program: program, port: port)
    }
}

/// A program that serves.
struct Server: Sendable {
    fileprivate let program: Program
    let port: Int

    /// What it says of whom it served.
    func served() throws -> [String] {
        try program.printed().split(separator: "\n").dropFirst().map(String.init)
    }
}

extension TestHome {
    /// Runs a workflow on a machine whose files about names are these: in a mount namespace of its
    /// own, so that no other test sees them.
    func run(_ text: String, resolver: String, hosts: String = "") async throws -> RunReport {
        let file = try workflow(text)
        try Files.writeFile("\(folder)/resolv.conf", resolver.utf8, mode: 0o644)
        try Files.writeFile("\(folder)/hosts", "127.0.0.1 localhost\n\(hosts)".utf8, mode: 0o644)
        let script = """
            mount --bind "$1" /etc/resolv.conf; mount --bind "$2" /etc/hosts; shift 2; exec "$@"
            """
        return try RunReport(
            await Program.run(
                "/usr/bin/unshare",
                [
                    "--mount", "/bin/sh", "-ec", script, "sh", "\(folder)/resolv.conf",
                    "\(folder)/hosts", try BuiltProduct.path("slipway"), "run", "-o", "json", file,
                ], environment: environment()))
    }
}
