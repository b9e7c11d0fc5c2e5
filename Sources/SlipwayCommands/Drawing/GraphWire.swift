/// A line of a picture, with a head at its end unless it says otherwise.
struct GraphWire {
    struct Point: Hashable {
        let x: Int
        let y: Int
    }

    enum Course {
        /// A curve between two boxes of columns that are neighbours.
        case curve(Point, Point)
        /// Straight parts with round corners.
        case corners([Point])
    }

    enum Kind: String {
        /// What comes after what.
        case order
        /// Outputs and artifacts that travel.
        case data
    }

    let kind: Kind
    let course: Course
    let label: String
    /// Where the label ends, or begins when it is that of a line from top to bottom.
    let labelAt: Point
    let startsAtLabel: Bool
    let tip: String
}

/// Finds the way of every line of a picture whose boxes have their places.
struct GraphRouter {
    let layout: GraphLayout
    let links: GraphLinks

    var wires: [GraphWire] {
        stageOrder + jobOrder + links.links.indices.compactMap(wire)
    }

    /// From column to column, at the height of their titles.
    private var stageOrder: [GraphWire] {
        zip(layout.columns, layout.columns.dropFirst()).map { left, right in
            let y = layout.columnsTop + 22
            return GraphWire(
                kind: .order,
                course: .corners([point(left.right, y), point(right.x, y)]), label: "",
                labelAt: point(0, 0), startsAtLabel: false, tip: "")
        }
    }

    /// From box to box of a sequence; what travels between the two is said beside the line.
    private var jobOrder: [GraphWire] {
        layout.columns.filter(\.isSequence).flatMap { column in
            column.boxes.dropFirst().map { box in
                let (above, below) = (layout.boxes[box - 1], layout.boxes[box])
                let x = above.x + 24
                let link = links.incoming[box].first { links.links[$0].from == box - 1 }
                let label = link.map { links.links[$0].label } ?? ""
                return GraphWire(
                    kind: link == nil ? .order : .data,
                    course: .corners([point(x, above.bottom), point(x, below.y)]),
                    label: label, labelAt: point(x + 8, above.bottom + 15), startsAtLabel: true,
                    tip: link.map { tip(links.links[$0]) } ?? "")
            }
        }
    }

    private func wire(_ index: Int) -> GraphWire? {
        let link = links.links[index]
        let (from, target) = (layout.boxes[link.from], layout.boxes[link.target])
        let column = layout.columns[target.column]
        if from.column == target.column {
            // That one is drawn with the order of the sequence.
            if column.isSequence, link.target == link.from + 1 { return nil }
            let x = max(column.x + 4, from.x - 9)
            let entry = entry(index, target)
            return made(
                link,
                .corners([
                    point(from.x, from.middle), point(x, from.middle), point(x, entry.y), entry,
                ]),
                entry, hasLabel: false)
        }
        let entry = entry(index, target)
        if target.column == from.column + 1 {
            return made(link, .curve(point(from.right, from.middle), entry), entry, hasLabel: true)
        }
        let lane = links.lanes[link.from] ?? 0
        let y = layout.columnsTop + GraphLayout.Metric.columnHeader + lane * GraphLayout.Metric.lane
        let leaving = layout.columns[from.column].right + 8 + lane * 3
        let arriving = column.x - 10 - lane * 3
        return made(
            link,
            .corners([
                point(from.right, from.middle), point(leaving, from.middle), point(leaving, y),
                point(arriving, y), point(arriving, entry.y), entry,
            ]),
            entry, hasLabel: true)
    }

    /// Lines into a box are spread over its left side.
    private func entry(_ index: Int, _ target: GraphLayout.Box) -> GraphWire.Point {
        let all = links.incoming[links.links[index].target]
        let place = (all.firstIndex(of: index) ?? 0) + 1
        return point(target.x, target.y + target.height * place / (all.count + 1))
    }

    private func made(
        _ link: GraphLinks.Link, _ course: GraphWire.Course, _ entry: GraphWire.Point,
        hasLabel: Bool
    ) -> GraphWire {
        GraphWire(
            kind: .data, course: course, label: hasLabel ? link.label : "",
            labelAt: point(entry.x - GraphLayout.Metric.padding - 6, entry.y - 4),
            startsAtLabel: false, tip: tip(link))
    }

    private func tip(_ link: GraphLinks.Link) -> String {
        "\(layout.boxes[link.from].title) → \(layout.boxes[link.target].title): \(link.names)"
    }

    private func point(_ x: Int, _ y: Int) -> GraphWire.Point { GraphWire.Point(x: x, y: y) }
}
