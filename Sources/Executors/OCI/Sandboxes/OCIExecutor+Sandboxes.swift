import CLinux
import Domain
import Glibc
import Storage
import Workflows

extension OCIExecutor {
    /// Where the runtime of a sandbox knows a container.
    func runtimeRoot(_ sandbox: Sandbox, _ name: String) -> String {
        sandbox == .standard ? runtimeRoot : "\(ownRoots(sandbox))/\(name)"
    }

    /// One folder a container in it.
    private func ownRoots(_ sandbox: Sandbox) -> String {
        "\(home.runtimePath)/\(sandbox.rawValue)"
    }

    /// Folders whose entries are named after containers that a runtime knows.
    var runtimeRoots: [String] {
        [runtimeRoot] + Sandbox.allCases.filter { $0 != .standard }.map(ownRoots)
    }

    /// What the containers of an attempt will be run with. Blocks for nothing but a look.
    func runtime(for attempt: AttemptRequest, _ folder: AttemptFolder) throws -> SandboxRuntime {
        let sandbox = attempt.isolation.sandbox
        guard attempt.services.isEmpty || sandbox.hasServices else {
            throw ExecutorError.runtime(
                "a job in 'sandbox: \(sandbox.rawValue)' has no services: the sandbox has a "
                    + "network of its own")
        }
        if sandbox == .standard { return standardRuntime(nil) }
        guard !RootlessMode.isOn else {
            throw ExecutorError.runtime(
                "'sandbox: \(sandbox.rawValue)' does not work without root; run slipway as root")
        }
        // It sends packets past the rules of the attempt's namespace.
        if attempt.isolation.network == .bridge,
            try !attempt.isolation.egress.isEmpty || !denied().isEmpty
        {
            throw ExecutorError.runtime(
                "what a job in 'sandbox: \(sandbox.rawValue)' reaches through a bridge cannot be "
                    + "limited, and 'egress', or 'network' in config.yaml, asks for that")
        }
        return try SandboxPrograms(try sandboxes()).runtime(
            sandbox, root: runtimeRoot(sandbox, folder.name),
            isConnected: attempt.isolation.network != .none)
    }

    /// What a container is run with that was begun, as its folder tells, or the place where a
    /// runtime knows it. `tools`: what was found already.
    func runtime(of folder: AttemptFolder, _ tools: Tools? = nil) throws -> SandboxRuntime {
        if let written = try SandboxRuntime(
            writtenAt: folder.runtimeRecordPath, root: { runtimeRoot($0, folder.name) })
        {
            return written
        }
        for sandbox in Sandbox.allCases where sandbox != .standard {
            let root = runtimeRoot(sandbox, folder.name)
            guard Files.exists(root) else { continue }
            // Its folder was taken away. The flags do not matter for its end.
            return try SandboxPrograms(try sandboxes()).runtime(
                sandbox, root: root, isConnected: false)
        }
        return standardRuntime(tools)
    }

    /// That there is none is told where a container is started.
    private func standardRuntime(_ tools: Tools?) -> SandboxRuntime {
        SandboxRuntime(
            sandbox: .standard,
            program: tools?.runtime ?? Spawning.path(of: "runc") ?? Spawning.path(of: "crun")
                ?? "runc", root: runtimeRoot)
    }

    /// The containers that a runtime knows of an attempt and its services.
    func containers(of folder: AttemptFolder) throws -> [(name: String, runtime: SandboxRuntime)] {
        // Also where the folder is gone, which tells of the services.
        let folders =
            Files.exists(folder.path)
            ? [folder] + (try folder.services())
            : try runtimeRoots.filter(Files.exists).flatMap { root in
                try Files.list(root).filter { Self.attempt(named: $0) == folder.id }
            }.map { folder.container(named: $0) }
        return try folders.map { ($0.name, try runtime(of: $0)) }
            .filter { $0.runtime.knows($0.name) }
    }

    /// Whether the runtime of some home of the machine knows a container of this name.
    func isKnownAtHome(_ name: String) throws -> Bool {
        try runtimeRoots.contains { root in
            try isAtHome("\(root.dropFirst(home.runtimePath.utf8.count + 1))/\(name)")
        }
    }

    /// Writes what the runtime is told, and gives it. Blocks.
    func write(
        _ specification: RuntimeSpecification, _ folder: AttemptFolder
    ) throws -> JSONValue {
        var specification = specification
        try show(&specification, to: try runtime(of: folder), in: folder)
        let configuration = specification.json
        try Files.writeFile("\(folder.bundlePath)/config.json", configuration.canonicalBytes)
        return configuration
    }

    /// gVisor's file server, one of the container's users, opens what is mounted by its path, and
    /// the home is closed to it: such a container is shown its folders in `/run`. Blocks.
    func show(
        _ specification: inout RuntimeSpecification, to runtime: SandboxRuntime,
        in folder: AttemptFolder
    ) throws {
        guard runtime.sandbox == .gvisor else { return }
        if specification.isolation.hasReadOnlyRoot {
            let points = try MountPoints(
                rootPath: specification.rootPath, specification.users)
            for target in MountPoints.standard { try points.make(target, isFolder: true) }
            for bind in specification.binds {
                let isFolder = try Files.status(bind.source)?.kind == .folder
                try points.make(bind.target, isFolder: isFolder)
            }
            // Its file server, root of its namespace alone, mounts it read-only without the flags
            // that it has. No program of this machine's runs from there: gVisor reads it.
            if unsafe slipway_unlock_mount(specification.rootPath) < 0 {
                throw Files.failure("mount", specification.rootPath)
            }
        }
        guard specification.users != nil else { return }
        try Files.makeFolders(folder.shownFolder)
        // Closed otherwise; each folder in it shows what is for this container.
        try Files.setMode(folder.shownFolder, 0o711)
        specification.binds = try specification.binds.enumerated().map { index, bind in
            let target = folder.shownPath("bind-\(index)")
            if try Files.status(bind.source)?.kind == .folder {
                try Files.makeFolders(target, mode: 0o700)
            } else {
                try Files.writeFile(target, [])
            }
            guard unsafe slipway_bind(bind.source, target, bind.isWritable ? 1 : 0) == 0 else {
                throw Files.failure("show", target)
            }
            return Bind(
                source: target, target: bind.target, isWritable: bind.isWritable,
                isExecutable: bind.isExecutable)
        }
    }
}

extension Isolation {
    /// Whether containers of it can have users of their own. A virtual machine has others anyway,
    /// and gVisor's could not use a network that belongs to this machine's.
    var takesUsers: Bool {
        switch sandbox {
        case .standard: true
        case .gvisor: network == .none
        case .vm: false
        }
    }
}
