/// Finds what somebody probably meant.
package enum Suggestion {
    /// The nearest of the names, when it is near enough to be a slip of the fingers.
    package static func nearest(to text: String, among names: some Sequence<String>) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        let limit = max(1, min(3, text.utf8.count / 3))
        let bytes = Array(text.utf8)
        var best: (distance: Int, name: String)?
        for name in names where name != text && abs(name.utf8.count - bytes.count) <= limit {
            let distance = distance(bytes, Array(name.utf8), limit: limit)
            // Of names that are as near, the first by letter: sets have no order.
            if distance <= limit, best.map({ (distance, name) < $0 }) ?? true {
                best = (distance, name)
            }
        }
        return best?.name
    }

    package static func hint(for text: String, among names: some Sequence<String>) -> String? {
        nearest(to: text, among: names).map { "did you mean '\($0)'?" }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit else { return limit + 1 }
        var older: [Int] = []
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(previous[column + 1] + 1, current[column] + 1)
                cost = min(cost, previous[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    cost = min(cost, older[column - 1] + 1)
                }
                current.append(cost)
            }
            (older, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
