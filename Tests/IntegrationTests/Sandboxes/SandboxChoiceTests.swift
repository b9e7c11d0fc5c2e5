import Domain
import Storage
import TestSupport
import Testing

/// Which sandbox a job gets: what its file asks, never less than the home's floor, never another.
struct SandboxChoiceTests {
    private static let version = "cut -d ' ' -f 3 /proc/version"

    @Test("a sandbox that is missing is errored, with what to install: no other is taken")
    func missing() async throws {
        try await TestHome.busy { home in
            let vm = try await home.run(Flow.script("true", job: "sandbox: vm"))
            #expect(vm.code == 2)
            #expect(try vm.job().state == "errored")
            let reason = try #require(try vm.job().reason)
            #expect(reason.contains("kata-runtime") && reason.contains("tar -xJf"), "\(reason)")
            try SandboxTests.configure(home, "sandboxes: {gvisor: {path: /no/runsc}}")
            let gvisor = try await home.run(SandboxTests.script("true"))
            #expect(gvisor.code == 2)
            let why = try #require(try gvisor.job().reason)
            #expect(why.contains("/no/runsc") && why.contains("apt-get install runsc"), "\(why)")
        }
    }

    @Test("the floor raises a job that asks for less, and the run says so")
    func floor() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script(Self.version))
            #expect(try await home.log() != "4.4.0\n")
            try SandboxTests.configure(home, "sandboxes: {floor: gvisor}")
            let raised = try await home.succeed(Flow.script(Self.version))
            #expect(try await home.log() == "4.4.0\n")
            #expect(raised.error.contains("raised from standard to gvisor"), "\(raised.error)")
            let shown = try await home.slipway(["show", "last"])
            #expect(shown.output.contains("raised from standard to gvisor"), "\(shown.output)")
            // Also where the workflow says otherwise.
            try await home.succeed(Flow.script(Self.version, job: "sandbox: standard"))
            #expect(try await home.log() == "4.4.0\n")
            let explained = try await home.slipway(["explain", "work.it", "--run", "last"])
            #expect(
                explained.output.contains("raised from standard to gvisor"), "\(explained.output)")
            // One that asks for as much is not raised.
            let asked = try await home.succeed(SandboxTests.script(Self.version))
            #expect(!asked.error.contains("raised"))
            // Nor is one that takes what a raised one gave, and never ran.
            let kept = try await home.succeed(Flow.script("true", job: "cache: true"))
            #expect(kept.error.contains("raised from standard to gvisor"), "\(kept.error)")
            let taken = try await home.succeed(SandboxTests.script("true", "cache: true"))
            #expect(taken.error.contains("from run"), "\(taken.error)")
            #expect(!taken.error.contains("raised"), "\(taken.error)")
            try SandboxTests.configure(home, "sandboxes: {floor: vm}")
            let vm = try await home.run(SandboxTests.script(Self.version))
            #expect(try vm.job().reason?.contains("kata-runtime") == true)
            #expect(vm.error.contains("raised from gvisor to vm"), "\(vm.error)")
        }
    }

    @Test("services and the floor exclude each other, for lint and for a run")
    func services() async throws {
        try await TestHome.busy { home in
            let service = "services: {db: {component: busybox, command: [sleep, \"99\"]}}"
            let own = try await home.run(SandboxTests.script("true", service))
            #expect(own.code == 64 && own.error.contains("has no services"), "\(own.error)")
            try SandboxTests.configure(home, "sandboxes: {floor: gvisor}")
            let raised = try await home.slipway(
                ["run", try home.workflow(Flow.script("true", job: service))])
            #expect(raised.code != 0)
            #expect((raised.error + raised.output).contains("no services"), "\(raised)")
        }
    }

    @Test("a job with a network runs on it, or is told why it cannot")
    func network() async throws {
        try await TestHome.busy { home in
            let text = SandboxTests.script("ip -o addr; echo up", "network: bridge")
            let report = try await home.run(text)
            // Which of both depends on the machine, and on nothing else.
            if report.code == 0 {
                let lines = try await home.logLines()
                #expect(lines.contains { $0.contains("eth0") } && lines.last == "up", "\(lines)")
            } else {
                let reason = try #require(try report.job().reason)
                #expect(report.code == 2 && reason.contains("--network=sandbox"), "\(reason)")
            }
            try SandboxTests.configure(home, "sandboxes: {gvisor: {network: none}}")
            let refused = try await home.run(text)
            #expect(refused.code == 2)
            #expect(try refused.job().reason?.contains("sandboxes.gvisor.network") == true)
        }
    }

    @Test("without control groups the run says that limits are not enforced")
    func withoutLimits() async throws {
        try await TestHome.busy { home in
            try SandboxTests.configure(
                home, "sandboxes: {gvisor: {cgroups: false, platform: ptrace}}")
            let program = try home.begin(SandboxTests.script(MeaningTests.untilTold))
            try await home.wait(for: "ready")
            // It is signalled without a group to know it by.
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            let report = try RunReport(await program.wait())
            #expect(report.code == 7)
            #expect(report.error.contains("are not enforced"), "\(report.error)")
        }
    }

    @Test("limits of a job hold gVisor's processes")
    func limits() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                SandboxTests.script(
                    MeaningTests.untilTold, "resources: {memory: 200Mi, cpu: 500m}"))
            try await home.wait(for: "ready")
            let run = try #require(try await home.show()["id"]?.stringValue)
            let memory =
                home.limit("memory", "memory.limit_in_bytes", of: run)
                ?? home.limit("memory", "memory.max", of: run)
            #expect(memory == "\(200 << 20)")
            let cpu = home.limit("cpu", "cpu.cfs_quota_us", of: run)
            #expect((cpu ?? home.limit("", "cpu.max", of: run))?.hasPrefix("50000") == true)
            for name in ["runsc-sandbox", "runsc-gofer"] {
                let pids = try home.processes(naming: try home.runtimePath())
                    .filter(try home.processes(naming: name).contains)
                // Looked at after them: a process that they begin is in their group.
                let held = try Self.members(of: "\(run)-0-1")
                #expect(!pids.isEmpty && pids.allSatisfy(held.contains), "\(name): \(pids)")
            }
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            _ = try await program.wait()
        }
    }

    /// Processes in the group that limits the memory of an attempt.
    private static func members(of attempt: String) throws -> [Int32] {
        let places = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].map {
            "\($0)/slipway/\(attempt)/cgroup.procs"
        }
        let place = try #require(places.first(where: Files.exists))
        return String(decoding: try Files.readFile(place, limit: 1 << 16), as: UTF8.self)
            .split(separator: "\n").compactMap { Int32($0) }
    }

    @Test("a home whose settings cannot be read runs nothing")
    func unreadable() async throws {
        try await TestHome.busy { home in
            try SandboxTests.configure(home, "sandboxes: {floor: high}")
            let report = try await home.slipway(["run", try home.workflow(Flow.script("true"))])
            #expect(report.code == 64)
            #expect(report.error.contains("expected standard, gvisor or vm"), "\(report.error)")
        }
    }

    @Test("doctor says what each sandbox has, and tries gVisor for real when asked")
    func doctor() async throws {
        try await TestHome.busy { home in
            func find(_ name: String, _ options: String...) async throws -> JSONValue {
                let answer = try await home.slipway(["doctor", "-o", "json"] + options)
                let all = try JSONParser.parse(answer.output.utf8).arrayValue ?? []
                return try #require(all.first { $0["name"]?.stringValue == name })
            }
            let gvisor = try await find("gvisor", "--deep")
            #expect(gvisor["level"]?.stringValue == "ok", "\(gvisor)")
            #expect(gvisor["detail"]?.stringValue?.contains("a program ran") == true, "\(gvisor)")
            #expect(gvisor["detail"]?.stringValue?.contains("runsc version") == true)
            // Nobody asked for virtual machines.
            let all = try await home.slipway(["doctor", "-o", "json"])
            #expect(!all.output.contains("kata"))
            try SandboxTests.configure(home, "sandboxes: {floor: vm}")
            let vm = try await find("vm")
            #expect(vm["level"]?.stringValue == "missing")
            #expect(vm["fix"]?.stringValue?.contains("tar") == true)
            let needed = try await home.slipway(["doctor"])
            #expect(needed.code == 2)
            try SandboxTests.configure(home, "sandboxes: {gvisor: {path: /no/runsc}}")
            let misnamed = try await find("gvisor")
            #expect(misnamed["fix"]?.stringValue?.hasPrefix("mend the path in ") == true)
        }
    }
}
