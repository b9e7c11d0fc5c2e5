import Domain
import Storage
import Workflows

/// The machine's own way to addresses of names: getent(1) asks whatever nsswitch.conf says, in a
/// process that can be ended, which getaddrinfo(3) cannot.
struct NameLookup {
    /// Of all names of an attempt.
    static let limit = Duration.seconds(20)
    private static let addressLimit = 64

    private let start = ContinuousClock.now

    /// Addresses of a name, at least one. Blocks.
    func addresses(of name: String) throws -> [IPv4Address] {
        guard let tool = Spawning.path(of: "getent") else {
            throw ExecutorError.missing("getent", hint: "install with: apt-get install libc-bin")
        }
        let left = Self.limit - (ContinuousClock.now - start)
        guard left > .zero else { throw Self.failure(name, "names took more than 20 seconds") }
        let answer: (result: ToolResult, output: [UInt8])
        do {
            answer = try Spawning.capture(
                tool, ["ahostsv4", name], limit: 256 << 10, time: left)
        } catch StorageError.timedOut {
            throw Self.failure(name, "no name server answered in time")
        }
        // 2: one or more of the names was not found (getent(1)).
        guard answer.result.code == 0 || answer.result.code == 2 else {
            throw Self.failure(name, "getent: \(answer.result.message)")
        }
        let found = Self.addresses(in: answer.output)
        guard !found.isEmpty else {
            throw Self.failure(name, "no IPv4 address is known for it")
        }
        guard found.count <= Self.addressLimit else {
            throw Self.failure(name, "it has more than \(Self.addressLimit) addresses")
        }
        return found
    }

    private static func failure(_ name: String, _ why: String) -> ExecutorError {
        .network("'\(name)' of egress does not resolve on this machine: \(why)")
    }

    /// The first word of each line, each once, in their order.
    static func addresses(in output: [UInt8]) -> [IPv4Address] {
        var found: [IPv4Address] = []
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            guard let word = line.split(separator: " ").first else { continue }
            do {
                let address = try IPv4Address(parsing: word)
                if !found.contains(address) { found.append(address) }
            } catch {
                continue  // A line that is no answer.
            }
        }
        return found
    }
}
