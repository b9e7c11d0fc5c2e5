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
        _ container: String, _ work: (IPv4Address, [NetworkEnd]) throws -> Void
    ) throws {
        let folder = "\(NetworkPlugins.addressesPath)/\(NetworkPlugins.network)"
        try Files.makeFolders(folder, mode: 0o700)
        // Attempts are given addresses from below.
        let address = try IPv4Address(parsing: "10.83.255.\(Int.random(in: 2...250))")
        try Files.writeFile("\(folder)/\(address)", container.utf8)
        defer { try? Files.remove("\(folder)/\(address)") }
        try work(
            address,
            [NetworkEnd(transport: .tcp, address: IPv4Address(parsing: "192.0.2.1"), port: 80)])
        try Files.remove("\(folder)/\(address)")
        try MachineBarrier.forgetStale()
        #expect(try !MachineBarrier.openings().contains("\(address)"))
    }

    @Test("what a container may reach goes with it, before its address does")
    func forgotten() throws {
        try Self.with("first") { address, ends in
            try MachineBarrier.uphold(for: address, of: "first", ends)
            #expect(
                try Firewall.lines(of: "raw").contains(MachineBarrier.rule(ends[0], from: address)))
            try MachineBarrier.forget("\(address)", of: "first")
            #expect(try !MachineBarrier.openings().contains("\(address)"))
            #expect(
                try !Firewall.lines(of: "raw").contains(MachineBarrier.rule(ends[0], from: address))
            )
        }
    }

    @Test("who had an address before takes nothing from who has it now")
    func another() throws {
        try Self.with("second") { address, ends in
            try MachineBarrier.uphold(for: address, of: "second", ends)
            try MachineBarrier.forget("\(address)", of: "first")
            #expect(try MachineBarrier.openings().contains("\(address)"))
            #expect(
                try Firewall.lines(of: "raw").contains(MachineBarrier.rule(ends[0], from: address)))
        }
    }
}
