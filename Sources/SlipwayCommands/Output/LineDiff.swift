/// A unified diff between a text and what became of it, where lines were changed or left out but
/// never moved.
struct LineDiff {
    private let old: [Substring]
    private let new: [Substring]
    /// For each old line, the new one; nil when it was left out.
    private let targets: [Int?]
    private let isOldEnded: Bool
    private let isNewEnded: Bool

    static let context = 3

    /// `origins`: for each new line, the old one that it was; they increase.
    init(old: [UInt8], new: [UInt8], origins: [Int]) {
        let before = Self.lines(old)
        let after = Self.lines(new)
        var targets: [Int?] = Array(repeating: nil, count: before.lines.count)
        for (index, origin) in origins.enumerated() where targets.indices.contains(origin) {
            targets[origin] = index
        }
        self.old = before.lines
        self.new = after.lines
        self.targets = targets
        isOldEnded = before.isEnded
        isNewEnded = after.isEnded
    }

    /// Split at line feeds alone: a carriage return belongs to its line.
    private static func lines(_ bytes: [UInt8]) -> (lines: [Substring], isEnded: Bool) {
        guard !bytes.isEmpty else { return ([], true) }
        var parts = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        let isEnded = parts.last?.isEmpty ?? true
        if isEnded { parts.removeLast() }
        return (parts.map { Substring(String(decoding: $0, as: UTF8.self)) }, isEnded)
    }

    private func isSame(_ index: Int) -> Bool {
        guard let target = targets[index], old[index] == new[target] else { return false }
        let isLast = index == old.count - 1
        let isLastOfNew = target == new.count - 1
        return (!isLast || isOldEnded) == (!isLastOfNew || isNewEnded)
    }

    /// Such as `diff -u` prints it; empty when nothing changed.
    func text(file: String) -> String {
        let changed = old.indices.filter { !isSame($0) }
        var hunks: [ClosedRange<Int>] = []
        for index in changed {
            let range = max(0, index - Self.context)...min(old.count - 1, index + Self.context)
            if let last = hunks.last, range.lowerBound <= last.upperBound + 1 {
                hunks[hunks.count - 1] = last.lowerBound...range.upperBound
            } else {
                hunks.append(range)
            }
        }
        guard !hunks.isEmpty else { return "" }
        var lines = ["--- \(file)", "+++ \(file)"]
        for hunk in hunks { lines += self.hunk(hunk) }
        return lines.joined(separator: "\n")
    }

    private func hunk(_ range: ClosedRange<Int>) -> [String] {
        let kept = range.compactMap { targets[$0] }
        // A hunk without new lines stands behind the line before it.
        let before = targets[..<range.lowerBound].last { $0 != nil }.flatMap { $0 }
        let start = kept.first.map { $0 + 1 } ?? (before.map { $0 + 1 } ?? 0)
        var lines = [
            "@@ -\(range.lowerBound + 1),\(range.count) +\(start),\(kept.count) @@"
        ]
        var added: [String] = []
        for index in range {
            if isSame(index) {
                lines += added
                added = []
                lines += Self.line(" ", old[index], index < old.count - 1 || isOldEnded)
            } else {
                lines += Self.line("-", old[index], index < old.count - 1 || isOldEnded)
                if let target = targets[index] {
                    added += Self.line("+", new[target], target < new.count - 1 || isNewEnded)
                }
            }
        }
        return lines + added
    }

    private static func line(_ sign: String, _ text: Substring, _ isEnded: Bool) -> [String] {
        isEnded ? [sign + text] : [sign + text, "\\ No newline at end of file"]
    }
}
