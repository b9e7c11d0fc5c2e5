/// What somebody else wrote (a job, an image, a registry, a tool), as it stands in a message.
///
/// All of it or none: what masks secrets knows whole ones alone, so the beginning of one would
/// pass. What is longer than the limit, or holds control characters other than tabs, is told by
/// its size: `a name of 67 bytes`. Where a masker is at hand, a text is masked first and cut then
/// (`Masking.message`).
package struct Quotation: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Quoted: `'text'`. `limit`: in bytes. `noun` says what it is otherwise.
    package init(
        _ bytes: some Collection<UInt8>, limit: Int = 200, noun: String = "a text"
    ) {
        description =
            Self.whole(bytes, limit: limit).map { "'\($0)'" }
            ?? Self.told(bytes.count, limit: limit, noun: noun)
    }

    package init(_ text: some StringProtocol, limit: Int = 200, noun: String = "a text") {
        self.init(Array(text.utf8), limit: limit, noun: noun)
    }

    /// The first lines of a text that fit into `limit` bytes together, without quotes, since a
    /// secret of several lines is known by each of them. A first line that does not fit is told
    /// by its size.
    package static func lines(of text: some StringProtocol, limit: Int = 500) -> String {
        var kept: [String] = []
        var count = 0
        for line in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false) {
            guard count + line.count <= limit else {
                if kept.isEmpty { kept = [told(line.count, limit: limit, noun: "a line")] }
                break
            }
            kept.append(String(decoding: line, as: UTF8.self))
            count += line.count + 1
        }
        return kept.joined(separator: "\n")
    }

    /// One line, without quotes, or what it is told by.
    package static func line(_ bytes: some Collection<UInt8>, limit: Int = 300) -> String {
        bytes.count <= limit
            ? String(decoding: bytes, as: UTF8.self)
            : told(bytes.count, limit: limit, noun: "a line")
    }

    private static func whole(_ bytes: some Collection<UInt8>, limit: Int) -> String? {
        guard bytes.count <= limit else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let isPlain = text.unicodeScalars.allSatisfy {
            $0 == "\t" || $0.properties.generalCategory != .control
        }
        return isPlain ? text : nil
    }

    private static func told(_ count: Int, limit: Int, noun: String) -> String {
        "\(noun) of \(count) bytes" + (count > limit ? "" : " with control characters")
    }
}
