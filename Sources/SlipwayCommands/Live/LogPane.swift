/// The log of one leg, as somebody reads it: the newest lines, or those around a place.
struct LogPane: Sendable {
    let leg: Int
    let label: String
    /// Harmless texts, the newest last.
    private(set) var lines: [String] = []
    /// Lines that were read and let go.
    private(set) var dropped = 0
    /// The first line that is shown; nil while the end is followed.
    private(set) var top: Int?

    /// More lines than this are not kept; `slipway logs` has them all.
    static let lineLimit = 5000

    init(leg: Int, label: String) {
        self.leg = leg
        self.label = label
    }

    mutating func append(_ new: [String]) {
        lines += new.suffix(Self.lineLimit)
        let excess = lines.count - Self.lineLimit
        guard excess > 0 else { return }
        lines.removeFirst(excess)
        dropped += excess
        if let top { self.top = max(0, top - excess) }
    }

    /// Moves by some lines, down when positive; at the end it follows again.
    mutating func scroll(by count: Int, height: Int) {
        let last = max(0, lines.count - height)
        let next = max(0, (top ?? last) + count)
        top = next >= last ? nil : next
    }

    mutating func scrollToStart(height: Int) { scroll(by: -lines.count, height: height) }

    mutating func follow() { top = nil }

    func window(height: Int) -> ArraySlice<String> {
        let last = max(0, lines.count - max(0, height))
        let start = min(top ?? last, last)
        return lines[start..<min(lines.count, start + max(0, height))]
    }
}
