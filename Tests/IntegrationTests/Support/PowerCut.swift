import Domain
import Glibc
import OCI
import Storage
import TestSupport
import Testing

/// A home on a disk of its own, and what a power cut does to the machine that it is on.
struct PowerCut {
    let disk: CutDisk
    let home: TestHome
    private let folder: String

    /// A disk with a home that has busybox; copies of it are what tests cut.
    static func prepare(_ image: String) async throws {
        try await withTemporaryFolder { folder in
            let disk = CutDisk(image: image, path: "\(folder)/disk")
            try await disk.make(megabytes: 96)
            try await disk.mount()
            let home = try TestHome(at: "\(disk.path)/home")
            let imported = try await home.slipway(
                ["image", "import", try Checkout.image("busybox")])
            try #require(imported.code == 0, "\(imported.error)")
            try Files.removeTree(try home.runtimePath())
            try await disk.unmount()
        }
    }

    init(copyOf image: String, in folder: String) async throws {
        self.folder = folder
        disk = CutDisk(image: "\(folder)/image", path: "\(folder)/disk")
        let copied = try await Program.run(
            "/bin/cp", ["--sparse=always", image, disk.image])
        try #require(copied.code == 0, "\(copied.error)")
        try await disk.mount()
        home = try TestHome(at: "\(disk.path)/home")
    }

    /// Cuts the power of the disk, ends all that runs, and lets the machine start again.
    func strike(_ program: Program) async throws -> ProgramResult {
        try await disk.cut()
        program.signal(SIGKILL)
        let result = try await program.wait()
        try await restart()
        return result
    }

    /// Ends all that runs, and lets the machine start again.
    func restart() async throws {
        let runtime = try home.runtimePath()
        let isQuiet: Bool? = try await eventually {
            try endProcesses(below: runtime)
            for target in try mounts(below: runtime).reversed() {
                _ = try await Program.run("/bin/umount", [target])
            }
            let hasEnded = try groups(below: runtime).allSatisfy {
                TestHome.passing("\($0)/cgroup.procs").isEmpty
            }
            return try hasEnded && mounts(below: runtime).isEmpty && home.monitors().isEmpty
                ? true : nil
        }
        try #require(isQuiet == true, "something of the run cannot be ended")
        // What a restart empties, and the kernel forgets.
        try removeGroups(below: runtime)
        try Files.removeTree(runtime)
        try await disk.unmount()
        try await disk.mount()
    }

    func finish() async throws {
        if Files.exists(home.path) { try Files.removeTree(try home.runtimePath()) }
        try await disk.unmount()
    }

    /// The command line as the machine runs it after its restart.
    func slipway(_ arguments: [String]) async throws -> ProgramResult {
        let boot = "\(folder)/boot"
        try Files.writeFile(boot, "0e5a6c5e-2f4b-4b7e-9a39-9f0f4a1c2d3e\n".utf8)
        let script =
            "mount --bind \"$0\" /proc/sys/kernel/random/boot_id && exec \"$@\""
        return try await Program.run(
            "/usr/bin/unshare",
            ["-m", "/bin/bash", "-c", script, boot, try BuiltProduct.path("slipway")] + arguments,
            environment: home.environment())
    }

    // MARK: What is left of a run

    private func endProcesses(below runtime: String) throws {
        for pid in try home.processes(naming: runtime) { kill(pid, SIGKILL) }
        for group in try groups(below: runtime) {
            for line in TestHome.passing("\(group)/cgroup.procs").split(separator: "\n") {
                if let pid = pid_t(line) { kill(pid, SIGKILL) }
            }
        }
    }

    private func removeGroups(below runtime: String) throws {
        for group in try groups(below: runtime) { unsafe rmdir(group) }
    }

    /// Control groups of the attempts that have, or had, mounts or a container.
    private func groups(below runtime: String) throws -> [String] {
        let folders = ["\(runtime)/mounts", "\(runtime)/runc"].filter { Files.exists($0) }
        let names = Set(try folders.flatMap { try Files.list($0) })
        let roots =
            ["/sys/fs/cgroup"] + (try Files.list("/sys/fs/cgroup")).map { "/sys/fs/cgroup/\($0)" }
        return roots.flatMap { root in names.map { "\(root)/slipway/\($0)" } }
            .filter { Files.exists($0) }
    }

    private func mounts(below folder: String) throws -> [String] {
        String(decoding: try Files.readFile("/proc/mounts", limit: 1 << 24), as: UTF8.self)
            .split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst().first }
            .map(String.init).filter { $0.hasPrefix("\(folder)/") }
    }
}
