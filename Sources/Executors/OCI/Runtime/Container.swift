import CLinux
import Domain
import Glibc
import Storage
import Synchronization
import Workflows

/// A container that conmon holds; it outlives this process.
final class Container: Sendable {
    let folder: AttemptFolder
    let produces: [ProducedArtifact]
    let caches: [CacheRequest]
    /// They end with it.
    let services: [Service]
    let logLimitBytes: Int64
    /// Open once conmon has ended, and so the container.
    let ended = Gate()
    /// Open once it has ended, or was left to another process.
    let over = Gate()
    let changed = Signal()
    /// Raised when it is told to stop after it has ended: what it made is not taken any more.
    let stop = StopFlag()
    /// How it was found, where an earlier process began it.
    let adoption: AttemptTrace?
    /// Folders of this machine that it needs to its end.
    let places: [String]
    /// What was asked for and cannot be had here.
    let shortcomings: [String]
    private let wentPastLimit = Mutex(false)
    private let wasLeft = Mutex(false)
    private let metFullDisk = Mutex(false)
    private let endedEarly = Mutex<[Service]>([])

    init(
        folder: AttemptFolder, produces: [ProducedArtifact], caches: [CacheRequest],
        services: [Service], logLimitBytes: Int64,
        places: [String] = [], shortcomings: [String] = [], adoption: AttemptTrace? = nil
    ) {
        self.folder = folder
        self.produces = produces
        self.caches = caches
        self.services = services
        self.logLimitBytes = logLimitBytes
        self.places = places
        self.shortcomings = shortcomings
        self.adoption = adoption
    }

    /// That of a service makes nothing that is collected.
    convenience init(service folder: AttemptFolder, logLimitBytes: Int64) {
        self.init(
            folder: folder, produces: [], caches: [], services: [],
            logLimitBytes: logLimitBytes)
    }

    var reachedLogLimit: Bool { wentPastLimit.withLock { $0 } }

    private func noteFullDisk() {
        metFullDisk.withLock { $0 = true }
        folder.noteFullDisk()
    }

    /// Whether some of what it printed may be missing in its log.
    var mayLackOutput: Bool { metFullDisk.withLock { $0 } || Files.exists(folder.fullDiskPath) }

    /// Whether nobody here follows it any more.
    var isLeft: Bool { wasLeft.withLock { $0 } }

    /// Those of its services that had ended before it did.
    var lostServices: [Service] { endedEarly.withLock { $0 } }

    /// Begins to listen for the container's end and for what it prints.
    func watch(conmon pid: pid_t?) {
        let wakes = Reactor.shared.onWrite(to: folder.rawLogPath) { [changed] in changed.raise() }
        let name = folder.name
        let finish: @Sendable () -> Void = { [self] in
            Reactor.shared.forget(watch: wakes)
            DiskWatch.shared.forget(name)
            DiskWatch.shared.forget("\(name)-disk")
            endedEarly.withLock { $0 = services.filter(\.container.ended.isOpen) }
            for service in services { service.container.signal(SIGKILL) }
            ended.open()
            over.open()
            changed.raise()
        }
        guard let pid else { return finish() }
        DiskWatch.shared.add(name, folder: folder.path) { [self] in noteFullDisk() }
        if folder.diskLimit != nil {
            DiskWatch.shared.add(
                "\(name)-disk", folder: folder.writablePath, isFull: AttemptFolder.isFullDisk
            ) { [folder] in folder.noteDiskLimit() }
        }
        Reactor.shared.onEnd(of: pid, where: { [folder] in folder.isOurs(pid) }, finish)
    }

    func log() -> RawLog {
        RawLog(
            path: folder.rawLogPath, limitBytes: logLimitBytes, changed: changed,
            hasEnded: { [ended] in ended.isOpen }, isLeft: { [self] in isLeft },
            onLimit: { [self] in
                wentPastLimit.withLock { $0 = true }
                signal(SIGKILL)
            })
    }

    /// Signals the container's first process; with SIGKILL the kernel ends all others too, since
    /// they live in its pid namespace.
    func signal(_ number: Int32) {
        guard !ended.isOpen else { return }
        do {
            guard let pid = try AttemptFolder.pid(in: folder.containerPidPath) else { return }
            let descriptor = slipway_pidfd(pid)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            // Between the container's end and conmon's own the pid may become a stranger's.
            if !ended.isOpen, folder.isInContainer(pid) {
                slipway_pidfd_signal(descriptor, number)
            }
        } catch {
            // Without a readable pid file there is nobody to signal; `remove` ends it by name.
        }
    }

    /// Lets it go on with its services, for whoever adopts it.
    func leave() {
        wasLeft.withLock { $0 = true }
        if let free = Files.freeBytes(near: folder.path), free < AttemptFolder.leastRoom {
            noteFullDisk()
        }
        DiskWatch.shared.forget(folder.name)
        DiskWatch.shared.forget("\(folder.name)-disk")
        over.open()
        changed.raise()
        for service in services { service.container.leave() }
    }

    /// Kills it and its services at once.
    func kill() {
        if !ended.isOpen { folder.markStopped() }
        signal(SIGKILL)
        for service in services { service.container.signal(SIGKILL) }
    }

    /// SIGTERM, a time of grace, SIGKILL (DESIGN §2, "Cancel").
    func cancel(grace: Duration) async {
        if ended.isOpen { return stop.raise() }
        await expire(grace: grace)
    }

    /// The same; what one that has ended made is gathered all the same.
    func expire(grace: Duration) async {
        if ended.isOpen { return }
        folder.markStopped()
        signal(SIGTERM)
        if await ended.wait(atMost: grace) { return }
        // The run stops here: whoever resumes it tells the job again.
        if Task.isCancelled { return }
        signal(SIGKILL)
        await ended.wait()
    }
}
