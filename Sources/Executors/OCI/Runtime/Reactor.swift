import CLinux
import Dispatch
import Glibc
import Synchronization

/// A flag that one task waits for and anyone raises.
final class Signal: Sendable {
    private struct Content {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let content = Mutex(Content())

    func raise() {
        let waiter = content.withLock { content -> CheckedContinuation<Void, Never>? in
            content.isRaised = content.waiter == nil
            defer { content.waiter = nil }
            return content.waiter
        }
        waiter?.resume()
    }

    /// Returns when the flag was raised since the last time, and lowers it.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isRaised = content.withLock { content in
                if content.isRaised {
                    content.isRaised = false
                    return true
                }
                content.waiter = continuation
                return false
            }
            if isRaised { continuation.resume() }
        }
    }
}

/// One thread that waits for the kernel: ends of processes (pidfd) and growth of files (inotify).
final class Reactor: Sendable {
    private struct Handlers {
        var processes: [Int32: @Sendable () -> Void] = [:]
        var files: [Int32: @Sendable () -> Void] = [:]
    }

    private let handlers = Mutex(Handlers())
    private let poll: Int32
    private let notify: Int32

    static let shared = Reactor()

    private init() {
        poll = slipway_poller()
        notify = slipway_notifier()
        precondition(poll >= 0 && notify >= 0, "the kernel gives no epoll or inotify descriptor")
        slipway_poller_add(poll, notify)
        DispatchQueue(label: "slipway.reactor").async { self.run() }
    }

    /// Calls back once when the process ends; at once when it is gone already, or when the pid is
    /// not the wanted one's: that is asked when it cannot become another's any more.
    func onEnd(
        of pid: pid_t, where isWanted: () -> Bool, _ call: @escaping @Sendable () -> Void
    ) {
        let descriptor = slipway_pidfd(pid)
        guard descriptor >= 0 else { return call() }
        guard isWanted() else {
            close(descriptor)
            return call()
        }
        handlers.withLock { $0.processes[descriptor] = call }
        slipway_poller_add(poll, descriptor)
    }

    /// Calls back whenever the file was written; ends with `forget`.
    func onWrite(to path: String, _ call: @escaping @Sendable () -> Void) -> Int32 {
        handlers.withLock { handlers in
            let watch = unsafe slipway_notifier_watch(notify, path)
            if watch >= 0 { handlers.files[watch] = call }
            return watch
        }
    }

    func forget(watch: Int32) {
        handlers.withLock { handlers in
            if handlers.files.removeValue(forKey: watch) != nil {
                slipway_notifier_forget(notify, watch)
            }
        }
    }

    private func run() {
        var ready = [Int32](repeating: 0, count: 64)
        while true {
            let count = unsafe slipway_poller_wait(poll, &ready, 64)
            for descriptor in ready.prefix(max(0, Int(count))) {
                if descriptor == notify {
                    readNotifications()
                } else {
                    let call = handlers.withLock { $0.processes.removeValue(forKey: descriptor) }
                    // A child that is being spawned has a copy until it runs its program, and so
                    // long a closed descriptor would be reported again: with a number that may
                    // be another file's by then.
                    slipway_poller_remove(poll, descriptor)
                    close(descriptor)
                    call?()
                }
            }
        }
    }

    private func readNotifications() {
        var watches = [Int32](repeating: 0, count: 1024)
        let count = unsafe slipway_notifier_read(notify, &watches, 1024)
        for watch in Set(watches.prefix(Int(count))) { handlers.withLock { $0.files[watch] }?() }
    }
}
