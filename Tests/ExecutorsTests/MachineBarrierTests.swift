import Domain
import Glibc
import Storage
import TestSupport
import Testing

@testable import Executors

/// What the machine lets through of what jobs send to it; the rules of this machine are changed, for
/// an address that only this test has.
struct MachineBarrierTests {
    /// Runs work with an address that a container has.
    private static func with(
        _ container: String, seed: UInt64, _ work: (IPv4Address, [NetworkEnd]) throws -> Void
    ) throws {
        let address = try take(for: container, seed: seed)
        let end = try NetworkEnd(
            transport: .tcp, address: IPv4Address(parsing: "192.0.2.1"), port: 80)
        let result = Result { try work(address, [end]) }
        try Files.remove("\(folder)/\(address)")
        try MachineBarrier.forgetStale()
        #expect(try !MachineBarrier.openings().contains("\(address)"))
        try result.get()
    }

    private static let folder = "\(NetworkPlugins.addressesPath)/\(NetworkPlugins.network)"

    /// The first of a sequence of addresses that nobody has.
    private static func take(for container: String, seed: UInt64) throws -> IPv4Address {
        try Files.makeFolders(folder, mode: 0o700)
        var random = SeededGenerator(seed: seed)
        while true {
            // Attempts are given addresses from below.
            let address = try IPv4Address(
                parsing: "10.83.255.\(Int.random(in: 2...250, using: &random))")
            do {
                let file = try Files.open("\(folder)/\(address)", O_WRONLY | O_CREAT | O_EXCL)
                try file.write(Array(container.utf8))
                return address
            } catch let error {
                guard case .system(_, _, EEXIST) = error else { throw error }
            }
        }
    }

    @Test("what a container may reach goes with it, before its address does")
    func forgotten() throws {
        try Self.with("first", seed: 1) { address, ends in
            try MachineBarrier.uphold(for: address, of: "first", ends)
            #expect(
                try Firewall.lines(of: "raw").contains(MachineBarrier.rule(ends[0], from: address)))
            #expect(try MachineBarrier.forget("\(address)", of: "first") == nil)
            #expect(try !MachineBarrier.openings().contains("\(address)"))
            #expect(
                try !Firewall.lines(of: "raw").contains(MachineBarrier.rule(ends[0], from: address))
            )
        }
    }

    @Test("who had an address before takes nothing from who has it now")
    func another() throws {
        try Self.with("second", seed: 2) { address, ends in
            try MachineBarrier.uphold(for: address, of: "second", ends)
            #expect(try MachineBarrier.forget("\(address)", of: "first") == nil)
            #expect(try MachineBarrier.openings().contains("\(address)"))
            #expect(
                try Firewall.lines(of: "raw").contains(MachineBarrier.rule(ends[0], from: address)))
        }
    }
}
