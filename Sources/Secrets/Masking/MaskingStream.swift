/// Masks a text that comes in pieces, wherever they are cut: what all pieces give, joined, is
/// what the whole text gives.
///
/// It holds back only what may be the beginning of a secret: at most the longest form.
package struct MaskingStream: Sendable {
    private let automaton: Automaton?
    private var state = Automaton.root
    /// What may be the beginning of a form.
    private var held: [UInt8] = []
    /// Matches within `held`.
    private var spans = Spans()

    init(_ automaton: Automaton?) {
        self.automaton = automaton
    }

    /// Takes the next piece and gives what is certain by now.
    package mutating func push(_ bytes: [UInt8]) -> [UInt8] {
        guard let automaton, !bytes.isEmpty else { return bytes }
        let start = held.count
        if start == 0 { held = bytes } else { held += bytes }
        automaton.scan(held, from: start, state: &state) { end, node in
            spans.add(end - Int(node.matched)..<end)
        }
        return release(held.count - automaton.openCount(of: state))
    }

    /// Gives what was held back; the text has ended, and another may begin.
    package mutating func finish() -> [UInt8] {
        defer {
            state = Automaton.root
            spans = Spans()
        }
        return release(held.count)
    }

    /// The same where the text was cut off, as the log of a job that was ended is: what may be the
    /// beginning of a secret is masked too, where it is 4 bytes or more.
    package mutating func cut() -> [UInt8] {
        let open = automaton?.openCount(of: state) ?? 0
        if open >= 4, open <= held.count { spans.add(held.count - open..<held.count) }
        return finish()
    }

    /// Takes the first bytes from those held, with `***` for what is to be masked.
    private mutating func release(_ count: Int) -> [UInt8] {
        if spans.isEmpty, count == held.count {
            defer { held = [] }
            return held
        }
        let shown = spans.masked(held, upTo: count)
        held.removeFirst(count)
        return shown
    }
}

/// Places to be masked, in order; none overlaps another.
private struct Spans: Sendable {
    private var ranges: [Range<Int>] = []
    /// Whether the `***` of the first was given out already.
    private var isFirstShown = false

    var isEmpty: Bool { ranges.isEmpty }

    /// Adds a place that ends after all others; it takes in those that it overlaps.
    mutating func add(_ range: Range<Int>) {
        var lower = range.lowerBound
        while let last = ranges.last, last.upperBound > lower {
            lower = min(lower, last.lowerBound)
            ranges.removeLast()
        }
        ranges.append(lower..<range.upperBound)
    }

    /// The first `count` bytes of a text, masked; what remains counts from 0 again.
    mutating func masked(_ text: [UInt8], upTo count: Int) -> [UInt8] {
        var shown: [UInt8] = []
        shown.reserveCapacity(count)
        var place = 0
        var rest: [Range<Int>] = []
        var isNextShown = isFirstShown
        for range in ranges {
            guard range.lowerBound < count else {
                rest.append(range.lowerBound - count..<range.upperBound - count)
                continue
            }
            shown += text[place..<range.lowerBound]
            if !isNextShown { shown += "***".utf8 }
            isNextShown = range.upperBound > count
            if isNextShown { rest.append(0..<range.upperBound - count) }
            place = min(count, range.upperBound)
        }
        shown += text[place..<count]
        ranges = rest
        isFirstShown = isNextShown
        return shown
    }
}
