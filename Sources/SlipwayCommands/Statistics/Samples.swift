/// Durations of which the middle and the ends are asked, in bounded memory.
///
/// Up to 1,000 are kept as they are; of more, every second, then every fourth and so on. The
/// longest is always exact.
struct Samples: Equatable, Sendable {
    private(set) var kept: [Int64] = []
    private var stride = 1
    private(set) var count = 0
    private(set) var longest: Int64 = 0

    static let limit = 1000

    mutating func add(_ milliseconds: Int64) {
        defer { count += 1 }
        longest = max(longest, milliseconds)
        guard count % stride == 0 else { return }
        kept.append(milliseconds)
        guard kept.count > Self.limit else { return }
        kept = kept.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        stride *= 2
    }

    /// The smallest value that at least `percent` of all are no longer than (nearest rank); nil
    /// without any.
    func percentile(_ percent: Int) -> Int64? {
        guard !kept.isEmpty else { return nil }
        let rank = (kept.count * percent + 99) / 100
        return kept.sorted()[min(max(1, rank), kept.count) - 1]
    }
}

/// Small charts of a line of text.
enum Sparkline {
    private static let blocks = Array("▁▂▃▄▅▆▇█")
    private static let letters = Array("_.-=+*%#")

    /// One column a value, the highest at the top; at most `width`, of more the last ones. Without
    /// UTF-8, of signs that look heavier.
    static func text(_ values: [Int64], width: Int, isUTF8: Bool) -> String {
        let shown = values.suffix(max(0, width))
        let signs = isUTF8 ? blocks : letters
        guard let highest = shown.max(), highest > 0 else {
            return String(repeating: signs[0], count: shown.count)
        }
        let top = Int64(signs.count - 1)
        return String(
            shown.map { value in
                let (scaled, overflow) = max(0, value).multipliedReportingOverflow(by: top)
                let level = overflow ? value / (highest / top) : scaled / highest
                return signs[Int(min(top, level))]
            })
    }

    /// A bar that is filled to a share of its width.
    static func bar(_ share: Double, width: Int, isUTF8: Bool) -> String {
        let filled = min(width, max(0, Int((share * Double(width)).rounded())))
        return String(repeating: isUTF8 ? "█" : "#", count: filled)
            + String(repeating: isUTF8 ? "░" : ".", count: width - filled)
    }
}
