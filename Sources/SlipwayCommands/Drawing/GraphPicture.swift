import Domain
import Workflows

/// A laid out workflow as an SVG document of its own (www.w3.org/TR/SVG11): no script, nothing
/// fetched, every text escaped.
struct GraphPicture {
    private let layout: GraphLayout
    private var lines: [String] = []

    init(_ layout: GraphLayout) {
        self.layout = layout
    }

    /// The document, with a line's end.
    static func svg(_ graph: WorkflowGraph) -> String {
        var picture = GraphPicture(GraphLayout(graph))
        picture.draw()
        return picture.lines.joined(separator: "\n") + "\n"
    }

    private mutating func draw() {
        let (width, height) = (layout.width, layout.height)
        add(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"slipway\" width=\"\(width)\" "
                + "height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" "
                + "aria-labelledby=\"slipway-title slipway-summary\">")
        add("<title id=\"slipway-title\">workflow \(XMLText.escaped(layout.title))</title>")
        add("<desc id=\"slipway-summary\">\(XMLText.escaped(layout.summary))</desc>")
        add("<style>\n\(GraphStyle.text)\n</style>")
        add(GraphStyle.heads)
        add(rectangle("paper", 0, 0, width, height, round: 0))
        add(text("name", GraphLayout.Metric.margin, 40, layout.title))
        add(
            text(
                "line" + tint(layout.subtitle.tint), GraphLayout.Metric.margin, 60,
                layout.subtitle.text))
        for column in layout.columns { draw(column) }
        for wire in layout.wires { draw(wire) }
        for box in layout.boxes { draw(box) }
        // Over the boxes, so that a line's name is never hidden.
        for wire in layout.wires where !wire.label.isEmpty { label(wire) }
        add("</svg>")
    }

    private mutating func draw(_ column: GraphLayout.Column) {
        let top = layout.columnsTop
        add("<g>" + tip(column.tip))
        add(
            rectangle(
                "stage" + tint(column.tint), column.x, top, column.width, column.height, round: 10))
        add(text("stage-name", column.x + 14, top + 22, column.title))
        add(
            text("line" + tint(column.subtitle.tint), column.x + 14, top + 39, column.subtitle.text)
        )
        add("</g>")
    }

    private mutating func draw(_ box: GraphLayout.Box) {
        let kind = box.shape.rawValue + tint(box.tint)
        let round =
            switch box.shape {
            case .start, .pause: min(18, box.height / 2)
            default: 6
            }
        add("<g>" + tip(box.tip))
        add(rectangle("box \(kind)", box.x, box.y, box.width, box.height, round: round))
        if box.shape == .call {
            // A double border: there is a workflow within.
            add(
                rectangle(
                    "within", box.x + 3, box.y + 3, box.width - 6, box.height - 6, round: 4))
        }
        if box.tint != nil {
            add(rectangle("state\(tint(box.tint))", box.x, box.y + 6, 4, box.height - 12, round: 2))
        }
        add(text("job-name", box.x + 12, box.y + 20, box.title))
        if let badge = box.badge {
            add(text("badge", box.right - 12, box.y + 20, badge))
        }
        for (index, line) in box.lines.enumerated() {
            let y = box.y + 36 + 16 * index
            add(text("line" + tint(line.tint), box.x + 12, y, line.text))
        }
        add("</g>")
    }

    private mutating func draw(_ wire: GraphWire) {
        let path = Self.path(wire.course)
        let head = wire.kind == .order ? "slipway-order" : "slipway-data"
        let shape = "<path class=\"wire \(wire.kind.rawValue)\" d=\"\(path)\" "
        add("<g>" + tip(wire.tip) + shape + "marker-end=\"url(#\(head))\"/></g>")
    }

    private mutating func label(_ wire: GraphWire) {
        let place = wire.startsAtLabel ? "label" : "label end"
        add(text(place, wire.labelAt.x, wire.labelAt.y, wire.label))
    }

    private func tip(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        // Line by line: what is pointed at shows lines as they are.
        let lines = text.split(separator: "\n").prefix(48).map {
            XMLText.escaped(Shown.line(String($0), width: 200))
        }
        return "<title>\(lines.joined(separator: "\n"))</title>"
    }

    private func tint(_ tint: Tint?) -> String { tint.map { " \($0.rawValue)" } ?? "" }

    private func rectangle(
        _ kind: String, _ x: Int, _ y: Int, _ width: Int, _ height: Int, round: Int
    ) -> String {
        "<rect class=\"\(kind)\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\""
            + (round > 0 ? " rx=\"\(round)\"/>" : "/>")
    }

    private func text(_ kind: String, _ x: Int, _ y: Int, _ text: String) -> String {
        "<text class=\"\(kind)\" x=\"\(x)\" y=\"\(y)\">\(XMLText.escaped(text))</text>"
    }

    private mutating func add(_ line: String) { lines.append(line) }

    /// The `d` of a path (SVG 1.1 §8.3).
    static func path(_ course: GraphWire.Course) -> String {
        switch course {
        case .curve(let from, let target):
            let bend = max(24, (target.x - from.x) / 2)
            return "M\(from.x) \(from.y)C\(from.x + bend) \(from.y) "
                + "\(target.x - bend) \(target.y) \(target.x) \(target.y)"
        case .corners(let points):
            return corners(points)
        }
    }

    private static func corners(_ points: [GraphWire.Point]) -> String {
        guard let first = points.first, let last = points.last else { return "" }
        var path = "M\(first.x) \(first.y)"
        for index in points.indices.dropFirst().dropLast() {
            let corner = points[index]
            let before = towards(corner, points[index - 1])
            let after = towards(corner, points[index + 1])
            path += "L\(before.x) \(before.y)Q\(corner.x) \(corner.y) \(after.x) \(after.y)"
        }
        return path + "L\(last.x) \(last.y)"
    }

    /// A point of the way from a corner to the next one, where the corner's curve ends.
    private static func towards(
        _ corner: GraphWire.Point, _ other: GraphWire.Point
    ) -> GraphWire.Point {
        func step(_ from: Int, _ target: Int) -> Int {
            let length = abs(target - from)
            return from + (target - from).signum() * min(6, length / 2)
        }
        return GraphWire.Point(x: step(corner.x, other.x), y: step(corner.y, other.y))
    }
}
