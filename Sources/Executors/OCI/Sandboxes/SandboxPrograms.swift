import Glibc
import Storage
package import Workflows

/// Finds what runs a sandbox on this machine, and what is to be said to it.
package struct SandboxPrograms: Sendable {
    let settings: SandboxSettings

    package init(_ settings: SandboxSettings) {
        self.settings = settings
    }

    static let installGVisor = "apt-get install runsc"
    /// Debian has none. Kata's archives hold `/opt/kata`; from 2.0 on its runtime speaks to
    /// containerd alone.
    static let installVM = "tar -xJf kata-static-1.*.tar.xz -C /"

    /// The runtime of a sandbox. An error says what to install: never is a weaker one taken.
    func runtime(
        _ sandbox: Sandbox, root: String, isConnected: Bool
    ) throws(ExecutorError) -> SandboxRuntime {
        switch sandbox {
        case .standard:
            return SandboxRuntime(
                sandbox: sandbox, program: try Tools.find().runtime, root: root)
        case .gvisor:
            return SandboxRuntime(
                sandbox: sandbox, program: try gvisor(),
                flags: try gvisorFlags(isConnected: isConnected), root: root,
                notes: gvisorNotes(isConnected: isConnected))
        case .vm:
            return SandboxRuntime(sandbox: sandbox, program: try vm(), root: root)
        }
    }

    func gvisor() throws(ExecutorError) -> String {
        if let path = settings.gvisor.path {
            return try named(path, "gvisor", fix: Self.installGVisor)
        }
        guard let found = Spawning.path(of: "runsc") else {
            throw .missing(
                "runsc, which 'sandbox: gvisor' needs,",
                hint: "install it with: \(Self.installGVisor)")
        }
        return found
    }

    /// Whether the usual runtime for virtual machines is here.
    var hasVM: Bool { Self.usualVM != nil }

    private static var usualVM: String? {
        let ofArchive = "/opt/kata/bin/kata-runtime"
        return Spawning.path(of: "kata-runtime") ?? (canRun(ofArchive) ? ofArchive : nil)
    }

    func vm() throws(ExecutorError) -> String {
        if let path = settings.vmPath { return try named(path, "vm", fix: Self.installVM) }
        guard let found = Self.usualVM else {
            throw .missing(
                "kata-runtime, which 'sandbox: vm' needs,",
                hint:
                    "install Kata Containers 1.x from its archive with: \(Self.installVM); or name "
                    + "another runtime for virtual machines, sandboxes.vm.path in config.yaml")
        }
        return found
    }

    private static func canRun(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    private func named(
        _ path: String, _ key: String, fix: String
    ) throws(ExecutorError) -> String {
        guard Self.canRun(path) else {
            throw .missing(
                "'\(path)', which sandboxes.\(key).path of config.yaml names,",
                hint: "mend the path, or leave it out and install the usual one with: \(fix)")
        }
        return path
    }

    /// What the job writes must be on this machine when it ends, and files that change here must be
    /// seen in there: without an overlay in memory, and without trust in what was read before. The
    /// filter of system calls stands before gVisor's own, too, which runsc leaves out unless asked.
    private func gvisorFlags(isConnected: Bool) throws(ExecutorError) -> [String] {
        let gvisor = settings.gvisor
        if isConnected, gvisor.network == .none {
            throw .runtime(
                "'network: bridge' is not for jobs in gvisor here: config.yaml says "
                    + "sandboxes.gvisor.network: none")
        }
        var flags = [
            "--network=\(isConnected ? "sandbox" : "none")", "--overlay2=none",
            "--file-access=shared", "--file-access-mounts=shared", "--oci-seccomp",
        ]
        if let platform = gvisor.platform { flags.append("--platform=\(platform.rawValue)") }
        if !limitsAreSet { flags.append("--ignore-cgroups") }
        return flags + gvisor.arguments
    }

    /// Whether the kernel holds gVisor's processes to the limits of the job: to all or to none.
    var limitsAreSet: Bool {
        settings.gvisor.cgroups ?? ControlGroups.missing().names.isEmpty
    }

    private func gvisorNotes(isConnected: Bool) -> [String] {
        var notes: [String] = []
        if !limitsAreSet {
            let why =
                settings.gvisor.cgroups == false
                ? "config.yaml says sandboxes.gvisor.cgroups: false"
                : "this machine has no control groups for "
                    + ControlGroups.missing().names.joined(separator: ", ")
            notes.append(
                "gvisor: limits of memory, processors and processes are not enforced: \(why)")
        }
        if isConnected {
            notes.append(
                "gvisor: with 'network: bridge' its file server has no users of its own")
        }
        return notes
    }
}
