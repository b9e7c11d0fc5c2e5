import Glibc
import Storage
import TestSupport
import Testing

/// A hostile job against the kernel: system calls, files of the kernel, rights.
struct KernelAttackTests {
    @Test(
        "nothing that a job asks of the kernel gets it further, and the machine stays as it was",
        arguments: [
            (AttackSandbox.standard, ""), (.standard, "hardened: true"),
            (.standard, "user: \"1234\""), (.gvisor, "hardened: true"),
        ])
    func refused(sandbox: AttackSandbox, keys: String) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            try await MachineFacts.stay {
                try await home.succeed(
                    Flow.stages([
                        start,
                        Flow.stage(
                            "work",
                            jobs: [Flow.job("it", "./attacker", "\(sandbox.keys)\n\(keys)")]),
                    ]))
            }
            KernelAttack.expectRefused(
                try await home.log(), in: sandbox, isRoot: keys.isEmpty)
        }
    }

    @Test("what gVisor's kernel grants of itself changes nothing out here, nor of its processes")
    func ownKernel() async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let script = "./attacker; echo ready; until test -e go; do sleep 0.05; done"
            let before = try await MachineFacts()
            let program = try home.begin(
                Flow.stages([
                    start,
                    Flow.stage(
                        "work", jobs: [Flow.job("it", script, AttackSandbox.gvisor.keys)]),
                ]))
            try await home.wait(for: "ready")
            #expect(try await MachineFacts() == before)
            KernelAttack.expectRefused(
                try await home.log().replacing("ready\n", with: ""), in: .gvisor, isRoot: true)
            var looked = 0
            for pid in try home.processes(naming: try home.runtimePath()) {
                let folder = "/proc/\(pid)"
                guard TestHome.passing("\(folder)/cmdline").hasPrefix("runsc-") else { continue }
                looked += 1
                let score = try Files.readFile("\(folder)/oom_score_adj", limit: 64)
                #expect(
                    score.first != UInt8(ascii: "-"), "\(String(decoding: score, as: UTF8.self))")
                #expect(getpriority(Int32(PRIO_PROCESS.rawValue), id_t(pid)) >= 0)
                let open = try await Program.run(
                    "/bin/sh", ["-c", "ls -l \(folder)/fd | grep -cE ' /dev/(net/tun|fuse)$'"])
                #expect(open.output == "0\n", "\(open.output)")
            }
            // Its kernel and its file server.
            #expect(looked >= 2)
            try await home.letGo(file: "go")
            #expect(try RunReport(await program.wait()).code == 0)
        }
    }
}
