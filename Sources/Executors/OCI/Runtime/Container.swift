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
    let startedAt: Timestamp
    let logLimitBytes: Int64
    /// Its files stay when it has been gathered.
    let isHeld: Bool
    /// Open once conmon has ended, and so the container.
    let ended = Gate()
    let changed = Signal()
    /// Raised when it is told to stop after it has ended: what it made is not taken any more.
    let stop = StopFlag()
    private let wentPastLimit = Mutex(false)
    private let endedEarly = Mutex<[Service]>([])

    init(
        folder: AttemptFolder, produces: [ProducedArtifact], caches: [CacheRequest],
        services: [Service], startedAt: Timestamp, logLimitBytes: Int64, isHeld: Bool = false
    ) {
        self.folder = folder
        self.produces = produces
        self.caches = caches
        self.services = services
        self.startedAt = startedAt
        self.logLimitBytes = logLimitBytes
        self.isHeld = isHeld
    }

    /// That of a service makes nothing that is collected.
    convenience init(service folder: AttemptFolder, startedAt: Timestamp, logLimitBytes: Int64) {
        self.init(
            folder: folder, produces: [], caches: [], services: [], startedAt: startedAt,
            logLimitBytes: logLimitBytes)
    }

    var reachedLogLimit: Bool { wentPastLimit.withLock { $0 } }

    /// Those of its services that had ended before it did.
    var lostServices: [Service] { endedEarly.withLock { $0 } }

    /// Begins to listen for the container's end and for what it prints.
    func watch(conmon pid: pid_t?) {
        let wakes = Reactor.shared.onWrite(to: folder.rawLogPath) { [changed] in changed.raise() }
        let finish: @Sendable () -> Void = { [self] in
            Reactor.shared.forget(watch: wakes)
            endedEarly.withLock { $0 = services.filter(\.container.ended.isOpen) }
            for service in services { service.container.signal(SIGKILL) }
            ended.open()
            changed.raise()
        }
        guard let pid, folder.isOurs(pid) else { return finish() }
        Reactor.shared.onEnd(of: pid, finish)
    }

    func log() -> RawLog {
        RawLog(
            path: folder.rawLogPath, limitBytes: logLimitBytes, changed: changed,
            hasEnded: { [ended] in ended.isOpen },
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
            // conmon lives until the container has ended, so this pid is not a stranger's.
            if !ended.isOpen { slipway_pidfd_signal(descriptor, number) }
        } catch {
            // Without a readable pid file there is nobody to signal; `remove` ends it by name.
        }
    }

    /// Kills it and its services at once.
    func kill() {
        signal(SIGKILL)
        for service in services { service.container.signal(SIGKILL) }
    }

    /// SIGTERM, a time of grace, SIGKILL (DESIGN §2, "Cancel").
    func cancel(grace: Duration) async {
        if ended.isOpen { return stop.raise() }
        signal(SIGTERM)
        if await ended.wait(atMost: grace) { return }
        signal(SIGKILL)
        await ended.wait()
    }
}
