import Domain
import Workflows

/// Where everything of a picture stands: pure, in pixels, and bounded however large the workflow
/// is. Stages are columns from left to right, their jobs boxes from top to bottom.
struct GraphLayout {
    struct Line {
        let text: String
        var tint: Tint?
    }

    struct Box {
        enum Shape: String {
            case start, job, call, service, pause, more
        }

        let shape: Shape
        let title: String
        let badge: String?
        let lines: [Line]
        /// Everything that is known of it; shown when it is pointed at.
        let tip: String
        let tint: Tint?
        let column: Int
        var x = 0
        var y = 0
        var width = 0
        var height = 0

        var right: Int { x + width }
        var bottom: Int { y + height }
        var middle: Int { y + height / 2 }
    }

    struct Column {
        let title: String
        let subtitle: Line
        let tip: String
        let tint: Tint?
        let boxes: Range<Int>
        /// Whether each box waits for the one above it.
        let isSequence: Bool
        var x = 0
        var width = 0
        var height = 0

        var right: Int { x + width }
    }

    let title: String
    let subtitle: Line
    let summary: String
    private(set) var columns: [Column]
    private(set) var boxes: [Box]
    private(set) var wires: [GraphWire] = []
    private(set) var width = 0
    private(set) var height = 0
    /// Where the columns begin, and where their boxes do.
    let columnsTop = Metric.margin + Metric.title
    private(set) var boxesTop = 0

    /// Sizes, in pixels.
    enum Metric {
        static let margin = 24
        static let title = 56
        static let columnHeader = 52
        static let padding = 14
        static let boxGap = 24
        static let columnGap = 64
        static let widestColumnGap = 156
        static let lane = 5
        static let smallestBox = 116
        static let widestBox = 300
        /// A fixed pitch: 13 px and 11 px, 0.61 em wide.
        static func titleWidth(_ count: Int) -> Int { (count * 79 + 9) / 10 }
        static func lineWidth(_ count: Int) -> Int { (count * 67 + 9) / 10 }
        static let titleLimit = (widestBox - 24) * 10 / 79
        static let lineLimit = (widestBox - 24) * 10 / 67
    }

    init(_ graph: WorkflowGraph) {
        let contents = GraphContents(graph)
        title = contents.title
        subtitle = contents.subtitle
        summary = contents.summary
        columns = contents.columns
        boxes = contents.boxes
        let links = GraphLinks(graph.edges, boxOf: contents.boxOf, boxes: boxes)
        place(links)
        wires = GraphRouter(layout: self, links: links).wires
    }

    private mutating func place(_ links: GraphLinks) {
        boxesTop = columnsTop + Metric.columnHeader
        if links.laneCount > 0 { boxesTop += links.laneCount * Metric.lane + 6 }
        let gap = min(
            Metric.widestColumnGap,
            max(Metric.columnGap, Metric.lineWidth(links.longestLabel) + 44))
        var x = Metric.margin
        var tallest = 0
        for index in columns.indices {
            let inner = innerWidth(columns[index])
            var y = boxesTop
            for box in columns[index].boxes {
                boxes[box].x = x + Metric.padding
                boxes[box].y = y
                boxes[box].width = inner
                boxes[box].height = boxHeight(boxes[box], links.incoming[box].count)
                y = boxes[box].bottom + Metric.boxGap
            }
            columns[index].x = x
            columns[index].width = inner + 2 * Metric.padding
            x = columns[index].right + gap
            tallest = max(tallest, y - Metric.boxGap + Metric.padding - columnsTop)
        }
        for index in columns.indices { columns[index].height = tallest }
        let titles = max(title.unicodeScalars.count * 11, Metric.lineWidth(subtitle.text.count))
        width = max(x - gap, Metric.margin + titles) + Metric.margin
        height = columnsTop + tallest + Metric.margin
    }

    private func innerWidth(_ column: Column) -> Int {
        var width = max(
            Metric.smallestBox, Metric.titleWidth(column.title.unicodeScalars.count),
            Metric.lineWidth(column.subtitle.text.unicodeScalars.count))
        for box in boxes[column.boxes] {
            let badge = box.badge.map { $0.unicodeScalars.count + 1 } ?? 0
            width = max(
                width, Metric.titleWidth(box.title.unicodeScalars.count + badge) + 26)
            for line in box.lines {
                width = max(width, Metric.lineWidth(line.text.unicodeScalars.count) + 26)
            }
        }
        return min(width, Metric.widestBox)
    }

    private func boxHeight(_ box: Box, _ incoming: Int) -> Int {
        max(32 + 16 * box.lines.count, 14 * min(incoming, 8) + 14)
    }
}
