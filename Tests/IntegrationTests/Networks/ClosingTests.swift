import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// The end of an attempt that had an end of the machine open: what is closed first, and what
/// happens where the machine takes no rules.
struct ClosingTests {
    /// The mount namespace of a program in which the CNI plugins say what is open when they are
    /// called to take a connection away, and in which iptables-restore fails on demand.
    ///
    /// Arguments: the test's folder, and the program.
    private static let machine = """
        folder=$1; shift
        mkdir "$folder/real" "$folder/plugins" "$folder/tools"
        for place in /usr/lib/cni /opt/cni/bin /usr/libexec/cni; do
            if [ -x "$place/bridge" ]; then break; fi
        done
        for plugin in bridge host-local firewall; do
            cat >"$folder/plugins/$plugin" <<END
        #!/bin/sh
        if [ "\\$CNI_COMMAND" = DEL ]; then
            echo $plugin: \\$(ls /run/slipway/openings) >>"$folder/told"
        fi
        exec "$folder/real/$plugin"
        END
            chmod 755 "$folder/plugins/$plugin"
        done
        mount --bind "$place" "$folder/real"
        mount --bind "$folder/plugins" "$place"
        cat >"$folder/tools/iptables-restore" <<END
        #!/bin/sh
        if [ -e "$folder/broken" ]; then echo out of order >&2; exit 1; fi
        exec /usr/sbin/iptables-restore "\\$@"
        END
        chmod 755 "$folder/tools/iptables-restore"
        mount -t overlay -o "lowerdir=$folder/tools:/usr/local/sbin" none /usr/local/sbin
        exec "$@"
        """

    @Test(
        "what was open is closed before the address is given back, which rules do not hold up",
        arguments: [false, true])
    func closed(isBroken: Bool) async throws {
        try await World.with { world in
            try await TestHome.busy { home in
                let folder = home.folder
                let file = try home.workflow(
                    Flow.script(
                        "echo ready; until test -e \"$T_REPORTS/go\"; do sleep 0.05; done",
                        job: "network: bridge\negress: ['\(world.machineAddress):80']"))
                let program = try Program(
                    "/usr/bin/unshare",
                    [
                        "--mount", "/bin/sh", "-ec", Self.machine, "sh", folder,
                        try BuiltProduct.path("slipway"), "run", file,
                    ], environment: home.environment())
                try await home.wait(for: "ready")
                let run = try #require(try await home.show()["id"]?.stringValue)
                let address = try #require(try NetworkTests.addresses(of: run).first)
                #expect(try Files.list("/run/slipway/openings").contains(address))
                if isBroken { try Files.writeFile("\(folder)/broken", []) }
                try Files.writeFile("\(try #require(try home.reportFolders().first))/go", [])
                let result = try await program.wait()
                #expect(result.code == 0, "\(result.error)")
                #expect(result.error.contains("iptables-restore: code 1") == isBroken)

                let told = String(
                    decoding: try Files.readFile("\(folder)/told", limit: 1 << 16), as: UTF8.self
                ).split(separator: "\n")
                for plugin in ["firewall:", "bridge:", "host-local:"] {
                    #expect(told.contains { $0.hasPrefix(plugin) })
                }
                #expect(!told.contains { $0.split(separator: " ").contains(address[...]) })
                #expect(try NetworkTests.addresses(of: run) == [])
                #expect(try !Files.list("/run/slipway/openings").contains(address))

                // Whatever the rules were left as, nobody begins with them.
                try await home.succeed(Flow.script("true", job: "network: bridge"))
                let rules = try await world.shell("iptables-save -t raw")
                #expect(!rules.contains("-s \(address)/32"))
                try await home.expectNothingLeftSoon()
            }
        }
    }
}
