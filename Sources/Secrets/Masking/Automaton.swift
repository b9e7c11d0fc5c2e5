/// Finds all forms in one pass over a text (Aho and Corasick, "Efficient string matching", 1975).
///
/// Its states are the beginnings of forms; the state after a byte is the longest beginning that
/// the text ends with. A filter over the first four bytes skips text that begins no form, which
/// is nearly all of it.
final class Automaton: Sendable {
    struct Node: Sendable {
        fileprivate var failure: Int32 = 0
        fileprivate var firstChild: Int32 = 0
        fileprivate var nextSibling: Int32 = 0
        fileprivate var depth: Int32 = 0
        /// Bytes of the longest beginning in this state that may still go on.
        fileprivate var open: Int32 = 0
        /// Bytes of the longest form that ends here; 0 when none does.
        fileprivate(set) var matched: Int32 = 0
        /// Whose that form is.
        fileprivate(set) var owner: UInt16 = 0
        fileprivate var byte: UInt8 = 0
    }

    static let root: Int32 = 0
    /// No form is shorter.
    static let shortestForm = 4

    private let nodes: [Node]
    private let rootChildren: [Int32]
    private let filter: PrefixFilter

    private init(nodes: [Node], rootChildren: [Int32], filter: PrefixFilter) {
        self.nodes = nodes
        self.rootChildren = rootChildren
        self.filter = filter
    }

    /// How many bytes at the end of the text so far may begin a form that has not ended.
    func openCount(of state: Int32) -> Int { Int(nodes[Int(state)].open) }

    /// Reads `text[start...]` on from a state, and tells the end of each match.
    func scan(
        _ text: [UInt8], from start: Int, state: inout Int32, found: (Int, Node) -> Void
    ) {
        var place = start
        while place < text.count {
            if state == Self.root { place = filter.firstCandidate(in: text, from: place) }
            let candidate = place
            while place < text.count {
                state = step(state, text[place])
                place += 1
                let node = nodes[Int(state)]
                if node.matched > 0 { found(place, node) }
                // A beginning as short as what the filter sees is left to the filter. At least
                // one byte has been passed by then, so this comes to an end.
                let back = place - Int(node.depth)
                if node.depth < Self.shortestForm, place - candidate >= Self.shortestForm,
                    back + Self.shortestForm <= text.count
                {
                    place = back
                    state = Self.root
                    break
                }
            }
        }
    }

    private func step(_ state: Int32, _ byte: UInt8) -> Int32 {
        var state = state
        while state != Self.root {
            var child = nodes[Int(state)].firstChild
            while child != 0 {
                if nodes[Int(child)].byte == byte { return child }
                child = nodes[Int(child)].nextSibling
            }
            state = nodes[Int(state)].failure
        }
        return rootChildren[Int(byte)]
    }
}

extension Automaton {
    /// Gathers forms into a tree, then links each state to the next shorter beginning.
    struct Builder {
        private var nodes = [Node()]
        private var filter = PrefixFilter()

        mutating func insert(_ form: [UInt8], owner: Int) {
            guard form.count >= Automaton.shortestForm else { return }
            var state = Int(Automaton.root)
            for byte in form { state = child(of: state, byte) }
            if nodes[state].matched == 0 {
                nodes[state].matched = Int32(form.count)
                nodes[state].owner = UInt16(owner)
            }
            filter.insert(form)
        }

        private mutating func child(of parent: Int, _ byte: UInt8) -> Int {
            var child = Int(nodes[parent].firstChild)
            while child != 0 {
                if nodes[child].byte == byte { return child }
                child = Int(nodes[child].nextSibling)
            }
            var node = Node()
            node.byte = byte
            node.depth = nodes[parent].depth + 1
            node.nextSibling = nodes[parent].firstChild
            nodes[parent].firstChild = Int32(nodes.count)
            nodes.append(node)
            return nodes.count - 1
        }

        consuming func build() -> Automaton {
            var rootChildren = [Int32](repeating: Automaton.root, count: 256)
            var queue: [Int32] = []
            queue.reserveCapacity(nodes.count)
            for child in children(of: Automaton.root) {
                rootChildren[Int(nodes[Int(child)].byte)] = child
                nodes[Int(child)].open = 1
                queue.append(child)
            }
            var next = 0
            while next < queue.count {
                let parent = queue[next]
                next += 1
                for child in children(of: parent) {
                    link(child, below: nodes[Int(parent)].failure, rootChildren)
                    queue.append(child)
                }
            }
            return Automaton(nodes: nodes, rootChildren: rootChildren, filter: filter)
        }

        private mutating func link(_ node: Int32, below start: Int32, _ rootChildren: [Int32]) {
            let byte = nodes[Int(node)].byte
            var state = start
            var failure: Int32?
            while failure == nil {
                if state == Automaton.root {
                    failure = rootChildren[Int(byte)]
                } else {
                    failure = children(of: state).first { nodes[Int($0)].byte == byte }
                    state = nodes[Int(state)].failure
                }
            }
            let target = failure ?? Automaton.root
            nodes[Int(node)].failure = target
            let goesOn = nodes[Int(node)].firstChild != 0
            nodes[Int(node)].open = goesOn ? nodes[Int(node)].depth : nodes[Int(target)].open
            if nodes[Int(node)].matched == 0 {
                nodes[Int(node)].matched = nodes[Int(target)].matched
                nodes[Int(node)].owner = nodes[Int(target)].owner
            }
        }

        private func children(of parent: Int32) -> [Int32] {
            var found: [Int32] = []
            var child = nodes[Int(parent)].firstChild
            while child != 0 {
                found.append(child)
                child = nodes[Int(child)].nextSibling
            }
            return found
        }
    }
}

/// Tells quickly that no form begins at a place, by the first four bytes.
struct PrefixFilter: Sendable {
    /// One bit for each value of a 16-bit hash: 8 KiB, which stay in the fastest cache.
    private var bits = [UInt64](repeating: 0, count: 1024)

    private static func hash(_ word: UInt32) -> Int {
        Int((word &* 0x9e37_79b1) >> 16)
    }

    mutating func insert(_ form: [UInt8]) {
        let word = form.prefix(Automaton.shortestForm).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        let hash = Self.hash(word)
        bits[hash >> 6] |= 1 << UInt64(hash & 63)
    }

    /// The first place, at or after `start`, where a form may begin; places with fewer than four
    /// bytes left are among them.
    func firstCandidate(in text: [UInt8], from start: Int) -> Int {
        var place = start + Automaton.shortestForm - 1
        guard place < text.count else { return start }
        var word: UInt32 = 0
        for byte in text[start..<place] { word = word << 8 | UInt32(byte) }
        while place < text.count {
            word = word << 8 | UInt32(text[place])
            let hash = Self.hash(word)
            if bits[hash >> 6] >> UInt64(hash & 63) & 1 == 1 { break }
            place += 1
        }
        return place - Automaton.shortestForm + 1
    }
}
