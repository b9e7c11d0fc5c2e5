package import Domain
import Glibc
package import Workflows

/// Who a container's first process is.
package struct ProcessUser: Hashable, Sendable {
    package var user: UInt32 = 0
    package var group: UInt32 = 0
    package var additionalGroups: [UInt32] = []
    package var home = "/root"

    package init(home: String = "/root") {
        self.home = home
    }
}

/// A folder or file of this machine that a container sees.
package struct Bind: Sendable {
    package let source: String
    package let target: String
    package let isWritable: Bool
    /// Whether programs in it can be run.
    package let isExecutable: Bool

    package init(source: String, target: String, isWritable: Bool, isExecutable: Bool = true) {
        self.source = source
        self.target = target
        self.isWritable = isWritable
        self.isExecutable = isExecutable
    }
}

/// What a container is made of (OCI runtime spec 1.0.2, "Configuration").
package struct RuntimeSpecification {
    package var arguments: [String]
    package var environment: [String]
    package var user: ProcessUser
    package var rootPath: String
    package var hostName: String
    package var binds: [Bind]
    package var cgroupPath: String
    package var resources: Resources
    package var isolation: Isolation
    /// The hard limit on open files that this process has; limits are only lowered.
    package var openFilesLimit: UInt64
    /// A network namespace that exists; nil for one of its own, with a loopback device alone.
    package var networkPath: String?
    /// The container's own users; nil for those of this machine.
    package var users: UserRange?
    /// The user namespace of that network, which has these users; nil for one of its own.
    package var usersPath: String?
    /// Without root: the users, and the groups, of this process, which are the container's too.
    var sharedUsers = RootlessMode.users
    var sharedGroups = RootlessMode.groups
    package var workingFolder: String
    /// Whether its streams are a terminal of its own.
    package var hasTerminal = false

    package init(
        arguments: [String], environment: [String], user: ProcessUser, rootPath: String,
        hostName: String, binds: [Bind], cgroupPath: String, resources: Resources,
        isolation: Isolation = .standard, openFilesLimit: UInt64, networkPath: String? = nil,
        users: UserRange? = nil, usersPath: String? = nil,
        workingFolder: String = ContainerPaths.work
    ) {
        self.arguments = arguments
        self.environment = environment
        self.user = user
        self.rootPath = rootPath
        self.hostName = hostName
        self.binds = binds
        self.cgroupPath = cgroupPath
        self.resources = resources
        self.isolation = isolation
        self.openFilesLimit = openFilesLimit
        self.networkPath = networkPath
        self.users = users
        self.usersPath = usersPath
        self.workingFolder = workingFolder
    }

    package var json: JSONValue {
        .object([
            "ociVersion": "1.0.2",
            "process": .object([
                "terminal": .boolean(hasTerminal), "cwd": .string(workingFolder),
                "args": .array(arguments.map(JSONValue.string)),
                "env": .array(environment.map(JSONValue.string)),
                "user": user.json,
                "capabilities": capabilities, "noNewPrivileges": true, "rlimits": rlimits,
            ]),
            "root": .object([
                "path": .string(rootPath), "readonly": .boolean(isolation.hasReadOnlyRoot),
            ]),
            "hostname": .string(hostName),
            "mounts": .array(
                Self.standardMounts + (isolation.hasReadOnlyRoot ? [Self.temporary] : [])
                    + binds.map(Self.mount)),
            "linux": linux,
        ])
    }

    /// Docker's default set without NET_RAW, MKNOD and AUDIT_WRITE (DESIGN §6).
    private static let capabilityNames = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_SETFCAP",
    ]

    private var capabilities: JSONValue {
        let granted = isolation.isHardened ? [] : Self.capabilityNames
        let names = JSONValue.array(granted.map(JSONValue.string))
        // Without privileges to gain, a user that is not root has none at all.
        let effective: JSONValue = user.user == 0 ? names : []
        return .object([
            "bounding": names, "effective": effective, "permitted": effective,
            "inheritable": [], "ambient": [],
        ])
    }

    private var rlimits: JSONValue {
        var limits: [JSONValue] = [
            .object([
                "type": "RLIMIT_NOFILE", "hard": .integer(Int64(clamping: openFilesLimit)),
                "soft": .integer(Int64(min(1024, openFilesLimit))),
            ]),
            .object([
                "type": "RLIMIT_CORE", "hard": .integer(Self.coreLimit),
                "soft": .integer(Self.coreLimit),
            ]),
        ]
        // In the place of a control group: each user namespace counts for itself, by user.
        if isRootless {
            let most = Int64(clamping: min(UInt64(Resources.processLimit), processesLimit))
            limits.append(["type": "RLIMIT_NPROC", "hard": .integer(most), "soft": .integer(most)])
        }
        return .array(limits)
    }

    /// What this process is held to, which a container cannot pass.
    private var processesLimit: UInt64 {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit)
        return UInt64(limit.rlim_max)
    }

    /// Bytes of a core. With 0 the kernel still hands one to the program of the machine that
    /// `core_pattern` names; with 1 it makes none (fs/coredump.c). No higher than this process may.
    private static let coreLimit: Int64 = {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        return limit.rlim_max >= 1 ? 1 : 0
    }()

    private var linux: JSONValue {
        var namespaces: [JSONValue] = ["pid", "ipc", "uts", "mount"].map {
            ["type": .string($0)]
        }
        namespaces.append(Self.namespace("network", networkPath))
        let hasUsers = users != nil || isRootless
        if hasUsers { namespaces.append(Self.namespace("user", usersPath)) }
        let mapping: [JSONValue] = users.map { [Self.mapping($0)] } ?? []
        var linux: [String: JSONValue] = [
            "namespaces": .array(namespaces),
            "uidMappings": .array(isRootless ? sharedUsers.map(Self.mapping) : mapping),
            "gidMappings": .array(isRootless ? sharedGroups.map(Self.mapping) : mapping),
            "resources": limits,
            "seccomp": SeccompProfile(
                isHardened: isolation.isHardened, sandbox: isolation.sandbox
            ).json,
            "maskedPaths": .array(HiddenPaths.masked.map(JSONValue.string)),
            "readonlyPaths": .array(HiddenPaths.readOnly.map(JSONValue.string)),
        ]
        // Nobody but root may make one.
        if !isRootless { linux["cgroupsPath"] = .string(cgroupPath) }
        return .object(linux)
    }

    private var isRootless: Bool { !sharedUsers.isEmpty }

    private static func mapping(_ extent: RootlessMode.Extent) -> JSONValue {
        .object([
            "containerID": .integer(Int64(extent.first)),
            "hostID": .integer(Int64(extent.first)), "size": .integer(Int64(extent.count)),
        ])
    }

    /// One that exists, or a new one.
    private static func namespace(_ type: String, _ path: String?) -> JSONValue {
        var members: [String: JSONValue] = ["type": .string(type)]
        members["path"] = path.map(JSONValue.string)
        return .object(members)
    }

    private static func mapping(_ users: UserRange) -> JSONValue {
        .object([
            "containerID": 0, "hostID": .integer(Int64(users.first)),
            "size": .integer(Int64(UserRange.size)),
        ])
    }

    private var limits: JSONValue {
        if isRootless { return ["devices": [["allow": false, "access": "rwm"]]] }
        var limits: [String: JSONValue] = [
            "pids": .object(["limit": .integer(Int64(Resources.processLimit))]),
            "devices": [["allow": false, "access": "rwm"]],
        ]
        if let memory = resources.memory {
            // The same figure for both: no swap on top of it.
            limits["memory"] = .object([
                "limit": .integer(memory.bytes), "swap": .integer(memory.bytes),
            ])
        }
        if let cpu = resources.cpu {
            limits["cpu"] = .object([
                "period": 100_000, "quota": .integer(Int64(max(1, cpu.millicores)) * 100),
            ])
        }
        return .object(limits)
    }

    private static func mount(_ bind: Bind) -> JSONValue {
        .object([
            "destination": .string(bind.target), "type": "bind", "source": .string(bind.source),
            "options": .array(
                (["bind", "nosuid", "nodev", bind.isWritable ? "rw" : "ro"]
                    + (bind.isExecutable ? [] : ["noexec"])).map(JSONValue.string)),
        ])
    }

    private static let standardMounts: [JSONValue] = [
        mount("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]),
        mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        mount(
            "/dev/pts", "devpts", "devpts",
            ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        mount(
            "/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
        mount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
        mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
    ]

    private static func mount(
        _ target: String, _ type: String, _ source: String, _ options: [String]
    ) -> JSONValue {
        .object([
            "destination": .string(target), "type": .string(type), "source": .string(source),
            "options": .array(options.map(JSONValue.string)),
        ])
    }

    /// Programs expect to write here, also where the rest is read-only.
    private static let temporary = mount(
        "/tmp", "tmpfs", "tmpfs", ["nosuid", "nodev", "mode=1777", "size=65536k"])
}

/// Where a component finds things (DESIGN §3); the executor sets the variables that name them.
package enum ContainerPaths {
    package static let work = "/slipway/work"
    static let source = "/slipway/source"
    static let artifacts = "/slipway/artifacts"
    static let reports = "/slipway/reports"
    static let result = "/slipway/result"
    static let data = "/slipway/data.json"
    static let secrets = "/slipway/secrets"
    static let script = "/slipway/script"
    /// Where somebody debugs a job: its own program.
    package static let command = "/slipway/command"
}
