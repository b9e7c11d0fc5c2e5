/// The edges of a workflow between the boxes of a picture: one for each pair, however many jobs
/// stand in a box.
struct GraphLinks {
    struct Link: Hashable {
        let from: Int
        let target: Int
        let label: String
        /// Every name that travels, as far as there is room in a tip.
        let names: String
    }

    /// Of one picture.
    static let limit = 1500
    private static let laneLimit = 12
    private static let labelLimit = 15
    /// With more links, their names are shown only when they are pointed at.
    private static let labelledLinks = 40

    private(set) var links: [Link] = []
    /// Box → links into it, from top to bottom on its left side.
    private(set) var incoming: [[Int]]
    /// Box → its lane above the boxes, for links that pass over a column.
    private(set) var lanes: [Int: Int] = [:]

    var laneCount: Int { min(lanes.count, Self.laneLimit) }
    var longestLabel: Int { links.map(\.label.unicodeScalars.count).max() ?? 0 }

    init(_ edges: [WorkflowGraph.Edge], boxOf: [Int], boxes: [GraphLayout.Box]) {
        struct Pair: Hashable {
            let from: Int
            let target: Int
        }
        incoming = Array(repeating: [], count: boxes.count)
        var names: [Pair: [String]] = [:]
        for edge in edges {
            let pair = Pair(from: boxOf[edge.from], target: boxOf[edge.target])
            // Within one box there is nothing to draw, and nothing points backwards.
            guard pair.from != pair.target,
                boxes[pair.from].column <= boxes[pair.target].column
            else { continue }
            guard names[pair] != nil || names.count < Self.limit else { continue }
            var list = names[pair, default: []]
            if list.count < 8, !list.contains(edge.label) { list.append(edge.label) }
            names[pair] = list
        }
        let hasLabels = names.count <= Self.labelledLinks
        for (pair, list) in names.sorted(by: {
            ($0.key.target, $0.key.from) < ($1.key.target, $1.key.from)
        }) {
            let all = list.joined(separator: ", ")
            incoming[pair.target].append(links.count)
            links.append(
                Link(
                    from: pair.from, target: pair.target,
                    label: hasLabels ? Shown.line(all, width: Self.labelLimit) : "", names: all))
            if boxes[pair.target].column > boxes[pair.from].column + 1, lanes[pair.from] == nil {
                lanes[pair.from] = lanes.count % Self.laneLimit
            }
        }
    }
}
