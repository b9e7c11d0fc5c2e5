/// How the values of `env` lead to each other: circles, long chains, and secrets at their ends.
///
/// One search in depth (Tarjan's strongly connected components) with its own stack: its work grows
/// with the references, however they are arranged.
struct EnvironmentGraph {
    /// A run follows so many references from a job's input through `env`, and no more.
    static let depthLimit = 32

    /// Values and references looked at.
    private(set) var steps = 0
    private let indexes: [String: Int]
    private var targets: [[Int]]
    /// Values with the same number lead to each other.
    private var components: [Int]
    /// How many values stand on the longest way from each, itself included; 0 in circles.
    private var depths: [Int]
    private var secrets: [String?]

    init(_ environment: [NamedTemplate]) {
        let indexes = Dictionary(
            environment.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.indexes = indexes
        targets = environment.map { value in
            var found: Set<Int> = []
            for case .reference(.environment(let name), _) in value.template.segments {
                if let index = indexes[name] { found.insert(index) }
            }
            return found.sorted()
        }
        secrets = environment.map { value in
            for case .reference(.secret(let name), _) in value.template.segments { return name }
            return nil
        }
        components = Array(repeating: -1, count: environment.count)
        depths = Array(repeating: 0, count: environment.count)
        search()
    }

    /// Whether the reference from one value to another is a part of a circle.
    func isInCircle(from owner: String, to name: String) -> Bool {
        guard let from = indexes[owner], let to = indexes[name] else { return false }
        return components[from] == components[to]
    }

    /// Whether a value is the first on its way that is too deep: those before it are not to blame.
    func isFirstTooDeep(_ name: String) -> Bool {
        indexes[name].map { depths[$0] == Self.depthLimit + 1 } ?? false
    }

    /// The secret that a value is, or leads to.
    func secret(of name: String) -> String? {
        indexes[name].flatMap { secrets[$0] }
    }

    private mutating func search() {
        var found = Array(repeating: 0, count: targets.count)
        var lowest = found
        var count = 0
        var open: [Int] = []
        var path: [(node: Int, next: Int)] = []
        for root in targets.indices where found[root] == 0 {
            path.append((root, 0))
            while let (node, next) = path.last {
                steps += 1
                if next == 0 {
                    count += 1
                    (found[node], lowest[node]) = (count, count)
                    open.append(node)
                }
                if next < targets[node].count {
                    path[path.count - 1].next += 1
                    let target = targets[node][next]
                    if found[target] == 0 {
                        path.append((target, 0))
                    } else if components[target] < 0 {
                        lowest[node] = min(lowest[node], found[target])
                    }
                    continue
                }
                path.removeLast()
                if let (parent, _) = path.last {
                    lowest[parent] = min(lowest[parent], lowest[node])
                }
                if lowest[node] == found[node] { close(node, &open) }
            }
        }
    }

    /// Takes a component off the stack; all that it leads to was closed before.
    private mutating func close(_ root: Int, _ open: inout [Int]) {
        var members: [Int] = []
        while let node = open.popLast() {
            components[node] = root
            members.append(node)
            if node == root { break }
        }
        let reached = members.flatMap { targets[$0] }
        steps += reached.count
        if let known = (members + reached).first(where: { secrets[$0] != nil }) {
            let secret = secrets[known]
            for node in members { secrets[node] = secret }
        }
        guard members.count == 1, !reached.contains(root) else { return }
        depths[root] = 1 + (reached.map { depths[$0] }.max() ?? 0)
    }
}
