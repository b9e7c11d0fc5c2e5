import Storage

/// Podman with a storage of its own and one image: the peer of a job in a container.
struct BenchmarkPodman {
    private let program: String
    private let storage: [String]
    private let settings: [String]
    private let image: String

    /// Loads the image.
    init(_ archive: String, in folder: String) throws {
        guard let path = Spawning.path(of: "podman") else {
            throw BenchmarkError(what: "podman is missing; run make setup")
        }
        // Limits that a process without CAP_SYS_RESOURCE may set.
        try Files.writeFile(
            "\(folder)/containers.conf",
            "[containers]\ndefault_ulimits = [\"nofile=1024:1024\",\"nproc=4096:4096\"]\n".utf8)
        program = path
        settings = ["CONTAINERS_CONF=\(folder)/containers.conf"]
        storage = [
            "--root", "\(folder)/podman", "--runroot", "\(folder)/podman-run",
            "--runtime", "/usr/sbin/runc", "--cgroup-manager", "cgroupfs",
        ]
        try Measuring.process([path] + storage + ["load", "-i", archive], environment: settings)
        let listed = try Spawning.capture(
            path, storage + ["images", "-q"], environment: settings, limit: 1 << 16)
        image = String(decoding: listed.output.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// One container without a network, to its end; what it prints is thrown away.
    func run(_ words: [String], logDriver: String? = nil) throws {
        let log = logDriver.map { ["--log-driver", $0] } ?? []
        try Measuring.process(
            [program] + storage + ["run", "--rm", "--network", "none"] + log + [image] + words,
            environment: settings)
    }

    /// Its storage holds a mount of its own until it is told to let go.
    func remove() throws {
        _ = try Spawning.run(program, storage + ["system", "reset", "--force"])
    }
}
