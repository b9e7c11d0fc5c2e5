import Domain
import Storage
import Synchronization

/// A collection was told to stop; what it removed stays removed.
struct CollectionStopped: Error {}

/// What a collection found, removed and could not remove; everything that goes passes here.
final class CollectionTally: Sendable {
    struct Figures: Sendable {
        var count: Int64 = 0
        var bytes: Int64 = 0
    }

    struct Item: Sendable {
        let kind: GarbageKind
        let name: String
        let bytes: Int64
    }

    private struct Content {
        var figures: [GarbageKind: Figures] = [:]
        var problems: [String] = []
        var problemCount = 0
        var items: [Item] = []
        var inUse: Int64 = 0
        var isStopped = false
    }

    /// So many problems are told one by one; the others are counted.
    private static let problemLimit = 20

    /// Nothing is removed.
    let isDry: Bool
    private let keepsItems: Bool
    private let tell: @Sendable (Item) -> Void
    private let announce: @Sendable (Item) -> Void
    private let content = Mutex(Content())

    /// With so many bytes a removal may take its time.
    static let largeBytes: Int64 = 128 << 20

    /// `tell` is called with each thing that went; with `keepsItems` they are kept, too. `announce`
    /// is called before something large goes.
    init(
        isDry: Bool, keepsItems: Bool, announce: @escaping @Sendable (Item) -> Void = { _ in },
        tell: @escaping @Sendable (Item) -> Void
    ) {
        self.announce = announce
        self.isDry = isDry
        self.keepsItems = keepsItems
        self.tell = tell
    }

    /// From any thread: the next checkpoint throws.
    func stop() { content.withLock { $0.isStopped = true } }

    var isStopped: Bool { content.withLock { $0.isStopped } }

    func checkpoint() throws {
        if isStopped { throw CollectionStopped() }
    }

    /// Notes that something goes.
    func add(_ kind: GarbageKind, _ name: String, bytes: Int64, count: Int64 = 1) {
        let item = Item(kind: kind, name: name, bytes: bytes)
        content.withLock { content in
            content.figures[kind, default: Figures()].count += count
            content.figures[kind, default: Figures()].bytes += bytes
            if keepsItems { content.items.append(item) }
        }
        tell(item)
    }

    /// Notes that something could not be done; the rest goes on.
    func fail(_ what: String, _ error: any Error) {
        content.withLock { content in
            content.problemCount += 1
            if content.problems.count < Self.problemLimit {
                content.problems.append("\(what): \(error)")
            }
        }
    }

    /// Notes that something was not removed: it may be in use again, which is no problem.
    func stays(_ what: String, _ error: any Error) {
        guard error is GarbageInUse else { return fail(what, error) }
        content.withLock { $0.inUse += 1 }
    }

    /// Things that stay, as somebody came to use them.
    var inUse: Int64 { content.withLock { $0.inUse } }

    func willRemove(_ kind: GarbageKind, _ thing: Garbage) {
        guard thing.bytes >= Self.largeBytes else { return }
        announce(Item(kind: kind, name: thing.name, bytes: thing.bytes))
    }

    /// Removes one thing after the other, and counts those that went; in a dry run all of them.
    func clear(_ kind: GarbageKind, _ garbage: [Garbage]) async throws {
        for thing in garbage {
            try checkpoint()
            if !isDry {
                willRemove(kind, thing)
                do { try await IOPool.shared.run { try thing.remove() } } catch {
                    stays(thing.name, error)
                    continue
                }
            }
            add(kind, thing.name, bytes: thing.bytes)
        }
    }

    /// The same for what is found by something that may fail as a whole.
    func clear(
        _ kind: GarbageKind, _ find: @escaping @Sendable () throws -> [Garbage]
    ) async throws {
        let found: [Garbage]
        do { found = try await IOPool.shared.run(find) } catch {
            return fail(kind.rawValue, error)
        }
        try await clear(kind, found)
    }

    func figures(_ kind: GarbageKind) -> Figures {
        content.withLock { $0.figures[kind] ?? Figures() }
    }

    var total: Figures {
        content.withLock { content in
            content.figures.values.reduce(into: Figures()) {
                $0.count += $1.count
                $0.bytes += $1.bytes
            }
        }
    }

    /// The first ones, and how many there are.
    var problems: (told: [String], count: Int) {
        content.withLock { ($0.problems, $0.problemCount) }
    }

    var items: [Item] { content.withLock { $0.items } }
}
