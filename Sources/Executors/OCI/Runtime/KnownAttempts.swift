import Synchronization
import Workflows

/// The attempts that this process starts, runs and collects, and what they were told.
final class KnownAttempts: Sendable {
    private struct Content {
        /// Those that have no container yet. One that is told to stop before it begins has its flag
        /// here already; where it had ended by then the flag stays, one an attempt at most.
        var starting: [AttemptID: StopFlag] = [:]
        var containers: [AttemptID: Container] = [:]
        /// Those that are to be left as soon as they have a container.
        var left: Set<AttemptID> = []
        var begun = 0
        var isClosed = false
    }

    private let content = Mutex(Content())

    /// The flag to look at until there is a container; then comes `add` or `forget`.
    func begin(_ id: AttemptID) -> StopFlag {
        let (flag, isClosed) = content.withLock { content in
            let flag = content.starting[id] ?? StopFlag()
            content.starting[id] = flag
            content.begun += 1
            return (flag, content.isClosed)
        }
        if isClosed { flag.raise() }
        return flag
    }

    /// Whether it is to be left.
    func add(_ container: Container) -> Bool {
        content.withLock { content in
            content.containers[container.folder.id] = container
            content.starting[container.folder.id] = nil
            content.begun -= 1
            return content.left.remove(container.folder.id) != nil
        }
    }

    /// The container to leave; one that is yet to come is left when it does.
    func leave(_ id: AttemptID) -> Container? {
        content.withLock { content in
            if content.starting[id] != nil { content.left.insert(id) }
            return content.containers[id]
        }
    }

    /// Of one that has begun, and got no container.
    func abandon(_ id: AttemptID) {
        content.withLock { content in
            content.starting[id] = nil
            content.begun -= 1
        }
    }

    func forget(_ id: AttemptID) {
        content.withLock { content in
            content.containers[id] = nil
            content.starting[id] = nil
        }
    }

    func container(_ id: AttemptID) -> Container? {
        content.withLock { $0.containers[id] }
    }

    /// The container to end; without one its start is told to stop.
    func stop(_ id: AttemptID) -> Container? {
        if let container = container(id) { return container }
        let flag = content.withLock { content in
            let flag = content.starting[id] ?? StopFlag()
            if content.containers[id] == nil { content.starting[id] = flag }
            return flag
        }
        flag.raise()
        // It may have come between the two looks.
        return container(id)
    }

    /// Lets nothing begin any more, and gives the containers there are.
    func close() -> [Container] {
        let (flags, containers) = content.withLock { content in
            content.isClosed = true
            return (Array(content.starting.values), Array(content.containers.values))
        }
        for flag in flags { flag.raise() }
        return containers
    }

    /// Whether an attempt is between its beginning and its container.
    var isStarting: Bool { content.withLock { $0.begun > 0 } }
}
