import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// Where one attempt keeps what on this machine, and how it is taken away again.
struct AttemptFolder: Sendable {
    let id: AttemptID
    /// Of the container: that of the attempt, or of one of its services.
    let name: String
    let path: String
    /// Root file system and working folder are mounted below this.
    let mountsPath: String
    /// Where the network of the attempt lies, which its services share.
    let attemptMountsPath: String

    init(_ id: AttemptID, home: Home) {
        self.id = id
        name = id.description
        path = "\(home.attemptsPath)/\(id)"
        mountsPath = "\(home.runtimePath)/mounts/\(id)"
        attemptMountsPath = mountsPath
    }

    /// The attempt's own, or that of one of its services, by the name of its container.
    func container(named name: String) -> AttemptFolder {
        guard let mark = name.lastIndex(of: "-"),
            let index = Int(name[mark...].dropFirst(2)), name[mark...].hasPrefix("-s")
        else { return self }
        return AttemptFolder(service: index, of: self)
    }

    /// Of a service: it lies in that of its attempt, and goes with it.
    init(service index: Int, of attempt: AttemptFolder) {
        id = attempt.id
        name = "\(attempt.id)-s\(index)"
        path = "\(attempt.path)/services/\(index)"
        mountsPath = "\(attempt.mountsPath)/services/\(index)"
        attemptMountsPath = attempt.mountsPath
    }

    var rootPath: String { "\(mountsPath)/root" }
    /// The working folder, as this machine sees it.
    var workPath: String { "\(mountsPath)/work" }
    /// The slot of the users of its containers (`UserRange`).
    var usersPath: String { "\(mountsPath)/users" }
    /// Where content of this machine is shown with the container's owners.
    func shownPath(_ name: String) -> String { "\(shownFolder)/\(name)" }
    var shownFolder: String { "\(mountsPath)/shown" }
    /// What its container is run with; without the file it is the machine's runc.
    var runtimeRecordPath: String { "\(path)/runtime.json" }
    var secretsPath: String { "\(privatePath)/secrets" }
    var bundlePath: String { "\(privatePath)/bundle" }
    var rawLogPath: String { "\(path)/raw.log" }
    var exitFolder: String { "\(path)/exit" }
    var exitPath: String { "\(path)/exit/\(name)" }
    var conmonPidPath: String { "\(path)/conmon.pid" }
    var containerPidPath: String { "\(path)/container.pid" }
    var resultPath: String { "\(writablePath)/result" }
    var reportsPath: String { "\(writablePath)/reports" }
    var artifactsPath: String { "\(path)/artifacts" }
    var dataPath: String { "\(path)/data.json" }
    /// Which content the attempt's caches began with.
    var cachesPath: String { "\(path)/caches.json" }
    /// What the job has changed of its working folder, where something lies below that.
    var workUpperPath: String { "\(writablePath)/work" }
    /// What it has changed of its root file system.
    var rootUpperPath: String { "\(writablePath)/upper" }
    var scriptPath: String { "\(path)/script" }
    /// The machine's boot in which the attempt began.
    var bootPath: String { "\(path)/boot" }
    /// Says that slipway told it to stop.
    var stoppedPath: String { "\(path)/stopped" }

    /// What a job's user has beside its working folder.
    var given: [String] { [resultPath, reportsPath] }

    /// Whether anything of it is there.
    var exists: Bool { Files.exists(path) || Files.exists(mountsPath) }

    /// Whether a container of it, or of a service, was begun and perhaps not created yet.
    var isHalfCreated: Bool {
        get throws {
            try ([self] + services()).contains { !Files.exists($0.containerPidPath) }
        }
    }

    /// Of one whose folder is gone although it ran.
    var removalText: String { "its folder '\(path)' was removed while it ran" }

    /// Says that the home's disk was full while the attempt ran: conmon leaves out what it cannot
    /// write, and tells nobody. Beside the mounts, which as a rule lie on another disk.
    var fullDiskPath: String { "\(mountsPath)/disk-full" }

    /// With less room than this a disk counts as full.
    static let leastRoom: Int64 = 128 << 10

    func noteFullDisk() {
        do { try Files.writeFile(fullDiskPath, []) } catch {
            // Where even that cannot be written, its process still knows.
        }
    }

    /// `disk` limits what the container writes.
    func make(bootID: String = "", disk: ByteSize? = nil) throws {
        try makeDisk(disk)
        for folder in ["upper", "overlay", "work", "work-overlay", "reports"] {
            try Files.makeFolders("\(writablePath)/\(folder)", mode: 0o755)
        }
        try Files.makeFolders(artifactsPath, mode: 0o755)
        try Files.setMode(path, 0o700)
        try makePrivate()
        for folder in [bundlePath, exitFolder] { try Files.makeFolders(folder) }
        try Files.makeFolders(rootPath, mode: 0o711)
        try Files.makeFolders(workPath, mode: 0o755)
        try close()
        try Files.writeFile(resultPath, [], mode: 0o644)
        if !bootID.isEmpty { try Files.writeFile(bootPath, bootID.utf8) }
    }

    /// Nil when it was not recorded.
    func bootID() throws -> String? {
        guard Files.exists(bootPath) else { return nil }
        let text = String(decoding: try Files.readFile(bootPath, limit: 64), as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    /// For a process that takes over: what ended then did not end by itself.
    func markStopped() {
        do { try Files.writeFile(stoppedPath, []) } catch {
            // On a full disk, or where the folder is gone, nobody can be told.
        }
    }

    /// A service has no working folder, and makes nothing that is collected.
    func makeForService(disk: ByteSize? = nil) throws {
        try makeDisk(disk)
        for folder in ["upper", "overlay"] {
            try Files.makeFolders("\(writablePath)/\(folder)", mode: 0o755)
        }
        try makePrivate()
        for folder in [bundlePath, exitFolder] { try Files.makeFolders(folder) }
        try Files.makeFolders(rootPath, mode: 0o711)
        try close()
    }

    /// What is mounted below has the modes that images and jobs gave it: other users of this
    /// machine, who find the place in /proc/mounts, must not get there.
    private func close() throws { try Files.setMode(attemptMountsPath, 0o700) }

    /// Of its services, those that are there.
    func services() throws -> [AttemptFolder] {
        let folders = ["\(path)/services", "\(mountsPath)/services"].filter(Files.exists)
        let indexes = Set(try folders.flatMap { try Files.list($0) }.compactMap { Int($0) })
        return indexes.sorted().map { AttemptFolder(service: $0, of: self) }
    }

    /// Lays the image's layers under a private upper folder, with `above` between the two.
    func mountRoot(
        lower: [String], layersPath: String, above: String? = nil, _ users: ContainerUsers?
    ) throws {
        // Closed to all but the container's root, who has to get there.
        try users?.own(attemptMountsPath)
        // The kernel takes a folder once: of a layer that comes twice only the upper one shows.
        var seen: Set<String> = []
        let layers = lower.filter { seen.insert($0).inserted }
        let kept = [above].compactMap(\.self)
        guard let users else {
            return try mount(
                kept + layers, upper: "upper", work: "overlay", at: rootPath, layersPath)
        }
        try users.own(rootUpperPath)
        let shown = shownPath("layers")
        guard try users.show(layersPath, at: shown) else {
            try mount(
                kept + layers, upper: "upper", work: "overlay", at: rootPath, layersPath, true)
            return try users.shift(rootPath)
        }
        // The overlay keeps what it was given; the name of it is needed no longer.
        defer { unsafe slipway_unmount(shown) }
        try mount(
            kept + layers.map { Shown.moved($0, from: layersPath, to: shown) }, upper: "upper",
            work: "overlay", at: rootPath, shown)
    }

    /// Folders, the uppermost first, copied when they are written: caches over the source. Without
    /// any the folder is plain and empty.
    /// `changesOwner`: all of it is about to be given to somebody.
    func mountWork(
        lower: [String], changesOwner: Bool, _ users: ContainerUsers?
    ) throws {
        try users?.own(workUpperPath)
        guard !lower.isEmpty else { return try bindWork(workUpperPath) }
        let isGivenAway = users.map { $0.namespace == nil } ?? false
        try mount(
            lower, upper: "work", work: "work-overlay", at: workPath, "",
            changesOwner || isGivenAway)
        if isGivenAway { try users?.shift(workPath) }
    }

    /// A folder of this machine as the working folder.
    func bindWork(_ folder: String) throws {
        if unsafe slipway_bind(folder, workPath, 1) < 0 {
            throw StorageError.system(operation: "mount", path: workPath, errno: errno)
        }
    }

    private func mount(
        _ lower: [String], upper: String, work: String, at target: String, _ common: String,
        _ changesOwner: Bool = false
    ) throws {
        let layers = lower.joined(separator: ":")
        let (upper, work) = ("\(writablePath)/\(upper)", "\(writablePath)/\(work)")
        let result =
            unsafe changesOwner
            ? slipway_mount_overlay_owned(layers, upper, work, target)
            : slipway_mount_overlay(layers, upper, work, target)
        guard result < 0 else { return }
        let code = errno
        if code == E2BIG {
            throw ExecutorError.image(
                "it has \(lower.count) layers: more than one overlay mount takes at '\(common)'")
        }
        throw StorageError.system(operation: "mount an overlay at", path: target, errno: code)
    }

    /// Removes every trace; what is gone already is no error.
    func remove() throws {
        try unmount()
        try Files.removeTree(mountsPath)
        try Files.removeTree(path)
    }

    /// Takes its folders out of the way of whoever wants what lies below them.
    func unmount() throws {
        for container in try services() + [self] {
            let shown = container.shownFolder
            let places = Files.exists(shown) ? try Files.list(shown).map { "\(shown)/\($0)" } : []
            try container.unmountAll([container.workPath, container.rootPath] + places)
        }
    }

    /// A pid may belong to a stranger by now: its command line must name this attempt.
    func isOurs(_ pid: pid_t) -> Bool { Self.names(name, in: pid) }

    /// Whether a process lives whose command line says so.
    static func names(_ name: String, in pid: pid_t) -> Bool {
        guard slipway_is_alive(pid) != 0 else { return false }
        do {
            let line = try Files.readFile("/proc/\(pid)/cmdline", limit: 1 << 16)
            return String(decoding: line, as: UTF8.self).contains(name)
        } catch {
            // It ended between the two looks.
            return false
        }
    }

    /// Whether a process lives in this container: the kernel names its control group after it. One
    /// with a kernel of its own may have no group; what holds that is called after it.
    func isInContainer(_ pid: pid_t) -> Bool {
        if Files.exists(runtimeRecordPath) { return isOurs(pid) }
        if RootlessMode.isOn { return isChildOfMonitor(pid) }
        do {
            let groups = try Files.readFile("/proc/\(pid)/cgroup", limit: 1 << 16)
            return String(decoding: groups, as: UTF8.self).split(separator: "\n")
                .contains { $0.hasSuffix("/\(name)") || $0.contains("/\(name)/") }
        } catch {
            // It ended between the two looks.
            return false
        }
    }

    /// Without control groups: whether conmon, which holds the container, is its parent.
    private func isChildOfMonitor(_ pid: pid_t) -> Bool {
        do {
            guard let monitor = try Self.pid(in: conmonPidPath), isOurs(monitor) else {
                return false
            }
            let line = try Files.readFile("/proc/\(pid)/stat", limit: 4096)
            // The name may hold anything, so what follows it is found from the end.
            let text = String(decoding: line, as: UTF8.self)
            guard let end = text.lastIndex(of: ")") else { return false }
            let fields = text[text.index(after: end)...].split(separator: " ")
            return fields.count > 1 && pid_t(fields[1]) == monitor
        } catch {
            // It ended between the two looks.
            return false
        }
    }

    /// A pid that a tool wrote; nil when it is not there (yet).
    static func pid(in path: String) throws -> pid_t? {
        guard Files.exists(path) else { return nil }
        let text = String(decoding: try Files.readFile(path, limit: 64), as: UTF8.self)
        return pid_t(text.prefix { $0.isNumber })
    }
}
