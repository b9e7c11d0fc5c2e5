/// What `slipway gc` removes: every kind that it knows, in the order in which they go.
///
/// A kind is added here, and as one step in `HomeCollection.run` that hands its `Garbage` to
/// `CollectionTally.clear`; the report, the progress and the documents follow.
enum GarbageKind: String, CaseIterable, Sendable {
    case attempts
    case controlGroups = "control-groups"
    case addresses
    case users
    case workspaces
    case halfWritten = "half-written"
    case locks
    case runs
    case events
    case results
    case caches
    case images
    case logs
    case brokenKept = "broken-kept"
    case kept
    case blobs
    case cacheContent = "cache-content"
    case layers
    case trees

    /// For people, behind a number.
    var what: String {
        switch self {
        case .attempts: "attempts of runs that are over, with mounts, networks and containers"
        case .controlGroups: "control groups of such attempts"
        case .addresses: "addresses of such attempts"
        case .users: "users of such attempts"
        case .workspaces: "folders that jobs of such runs shared"
        case .halfWritten: "things half written, or half fetched"
        case .locks: "locks and sockets of runs that are over"
        case .runs: "old runs, with their events and logs"
        case .events: "events of runs that are gone"
        case .results: "results of jobs with 'cache' that are old, or lack their content"
        case .caches: "caches that nobody used"
        case .images: "images without a name that no run was made with"
        case .logs: "logs of runs that are gone"
        case .brokenKept: "files of failed jobs that were half moved, or have no record"
        case .kept: "files that failed jobs left, of runs that are gone, or old"
        case .blobs: "blobs that nothing names"
        case .cacheContent: "contents of caches that belong to no key"
        case .layers: "unpacked layers of no image"
        case .trees: "artifacts and sources laid out, of no run"
        }
    }
}
