/// `bytes 0-99/100` (RFC 9110 §14.4).
struct ContentRange: Hashable, Sendable {
    let first: Int64
    let last: Int64
    /// Nil when the server does not know: `*`.
    let size: Int64?

    /// Nil for anything that is not of this form.
    init?(_ text: String) {
        guard text.utf8.count <= 80, text.hasPrefix("bytes ") else { return nil }
        let halves = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]),
            first <= last
        else { return nil }
        if halves[1] == "*" {
            size = nil
        } else {
            guard let number = Self.number(halves[1]), number > last else { return nil }
            size = number
        }
        self.first = first
        self.last = last
    }

    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            ? Int64(text) : nil
    }
}
