/// Why the machine could not do its part: the attempt is `errored`, never `failed`.
package enum ExecutorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A program or a kernel feature is missing; the hint says how to get it.
    case missing(String, hint: String)
    case image(String)
    /// The container cannot run what the job asks for: the job's own fault, so it is `failed`.
    case program(String)
    case runtime(String)
    /// A service of the attempt, by its name, could not be used.
    case service(String, String)
    /// What it may reach could not be settled, or not be held to it.
    case network(String)
    case storage(String)
    /// The disk takes no more; in the words of the storage.
    case disk(String)
    case cancelled
    /// It was left to whoever adopts it.
    case left

    package var description: String {
        switch self {
        case .missing(let what, let hint): "\(what) is missing; \(hint)"
        case .image(let why): "image: \(why)"
        case .program(let why): "cannot run the program: \(why)"
        case .runtime(let why): "container runtime: \(why)"
        case .service(let name, let why): "service \(name): \(why)"
        case .network(let why): "network: \(why)"
        case .storage(let why), .disk(let why): "storage: \(why)"
        case .left: "left to another process"
        case .cancelled: "cancelled before it started"
        }
    }
}
