import Domain
import Glibc
import Storage
import Workflows

/// What each sandbox needs on this machine, and whether it is there. One that is missing hinders
/// nobody who does not ask for it, unless the floor does.
struct SandboxDoctor {
    let home: Home
    let settings: SandboxSettings
    /// Runs a program in it for real.
    let isDeep: Bool

    /// A program that runs is as quick as `runsc run`; one that hangs, as on a machine whose
    /// processor cannot do what is asked, is given up.
    private static let limit = Duration.seconds(10)

    var findings: [DoctorFinding] {
        let isRootless = RootlessMode.isOn || geteuid() != 0
        var findings = [isRootless ? needsRoot(.gvisor) : finding(.gvisor, gvisor)]
        if isVMWanted { findings.append(isRootless ? needsRoot(.vm) : finding(.vm, vm)) }
        if settings.floor > .standard {
            findings.append(
                DoctorFinding(
                    .ok, "floor", "no job runs in less than 'sandbox: \(settings.floor.rawValue)'"))
        }
        return findings
    }

    /// Few machines have a runtime for virtual machines; nobody is told to install one unasked.
    private var isVMWanted: Bool {
        settings.vmPath != nil || settings.floor == .vm || SandboxPrograms(settings).hasVM
    }

    private func isNamed(_ sandbox: Sandbox) -> Bool {
        (sandbox == .vm ? settings.vmPath : settings.gvisor.path) != nil
    }

    private func level(ofMissing sandbox: Sandbox) -> DoctorFinding.Level {
        settings.floor == sandbox ? .missing : .warning
    }

    private func needsRoot(_ sandbox: Sandbox) -> DoctorFinding {
        DoctorFinding(
            level(ofMissing: sandbox), sandbox.rawValue,
            "jobs with 'sandbox: \(sandbox.rawValue)' do not run without root")
    }

    private func finding(
        _ sandbox: Sandbox, _ look: () throws -> DoctorFinding
    ) -> DoctorFinding {
        let level = level(ofMissing: sandbox)
        do { return try look() } catch ExecutorError.missing(let what, _) {
            let install =
                sandbox == .vm ? SandboxPrograms.installVM : SandboxPrograms.installGVisor
            return DoctorFinding(
                level, sandbox.rawValue,
                "jobs with 'sandbox: \(sandbox.rawValue)' do not run: \(what) is missing",
                fix: isNamed(sandbox)
                    ? "mend the path in \(home.path)/config.yaml, or leave it out and \(install)"
                    : install)
        } catch {
            return DoctorFinding(
                level, sandbox.rawValue,
                "jobs with 'sandbox: \(sandbox.rawValue)' do not run: \(error)",
                fix: "mend 'sandboxes' in \(home.path)/config.yaml, or install it anew")
        }
    }

    private func gvisor() throws -> DoctorFinding {
        let programs = SandboxPrograms(settings)
        let path = try programs.gvisor()
        let platform =
            settings.gvisor.platform.map { "platform \($0.rawValue)" }
            ?? "platform of its own choice"
        var facts = [
            try version(of: path), path, platform,
            programs.limitsAreSet ? "limits by control groups" : "without limits",
        ]
        if isDeep { facts.append(try probe(programs)) }
        return DoctorFinding(.ok, "gvisor", facts.joined(separator: ", "))
    }

    private func vm() throws -> DoctorFinding {
        let path = try SandboxPrograms(settings).vm()
        let version = try version(of: path)
        // kata-runtime of 2.0 and later has none of the commands of a runtime.
        let number = version.split(separator: " ").last ?? ""
        if path.hasSuffix("/kata-runtime"), let major = Int(number.prefix { $0.isNumber }),
            major > 1
        {
            return DoctorFinding(
                .warning, "vm", "\(version) speaks to containerd alone; \(path)",
                fix: SandboxPrograms.installVM)
        }
        return DoctorFinding(.ok, "vm", "\(version), \(path); untested")
    }

    private func version(of path: String) throws -> String {
        let answer = try Spawning.capture(
            path, ["--version"], limit: 64 << 10, time: Self.limit)
        guard answer.result.code == 0 else {
            throw ExecutorError.runtime("'\(path) --version' ended with \(answer.result.code)")
        }
        return String(decoding: answer.output.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// Runs a program of this machine in a sandbox that sees this machine's files, read-only.
    private func probe(_ programs: SandboxPrograms) throws -> String {
        let folder = try Files.makeTemporaryFolder(prefix: "\(home.runtimePath)/doctor")
        defer { remove(folder) }
        let probe = try programs.runtime(.gvisor, root: "\(folder)/state", isConnected: false)
        let isolation = Isolation(
            user: nil, hasReadOnlyRoot: true, isHardened: true, sandbox: .gvisor)
        let name = "slipway-doctor"
        let specification = RuntimeSpecification(
            arguments: ["/bin/true"], environment: [], user: ProcessUser(), rootPath: "/",
            hostName: name, binds: [], cgroupPath: "/slipway/\(name)",
            resources: Resources(cpu: nil, memory: nil), isolation: isolation,
            openFilesLimit: OCIExecutor.openFilesLimit, workingFolder: "/")
        try Files.writeFile("\(folder)/config.json", specification.json.canonicalBytes)
        let result: ToolResult
        do {
            result = try Spawning.run(
                probe.program, probe.arguments(["run", "--bundle", folder, name]),
                limit: Self.limit)
        } catch {
            _ = try AttemptProcesses(ofRuntime: probe).kill()
            throw error
        }
        guard result.code == 0 else {
            throw ExecutorError.runtime(RuntimeMessage.text(of: result.message))
        }
        return "a program ran"
    }

    private func remove(_ folder: String) {
        do { try Files.removeTree(folder) } catch {
            // It lies in /run, and goes with the machine's next start.
        }
    }
}
