import Workflows

/// Says what a report says, by its content alone.
enum ReportParser {
    /// The longest file that is read, in bytes; a longer one is `other`.
    static let sizeLimit = 16 << 20

    /// `problem`: why a file that seems to be a report is not taken for one. `mask` takes secrets
    /// out of what is quoted, before anything is cut.
    static func read(
        _ bytes: [UInt8], mask: @escaping (String) -> String
    ) -> (content: ReportContent, problem: String?) {
        guard bytes.count <= sizeLimit else { return (.other, nil) }
        let isMarked = bytes.starts(with: [0xef, 0xbb, 0xbf])
        let start = bytes.dropFirst(isMarked ? 3 : 0).first { !LCOVReport.isBlank($0) }
        let isWide = bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
        if start == UInt8(ascii: "<") || isWide { return xml(bytes, mask) }
        let plain = isMarked ? Array(bytes.dropFirst(3)) : bytes
        if start == UInt8(ascii: "{") { return json(plain) }
        guard LCOVReport.isOne(plain) else { return (.other, nil) }
        do {
            return (.lcov(try LCOVReport.read(plain)), nil)
        } catch {
            return (.other, "LCOV: \(error.text)")
        }
    }

    private static func xml(
        _ bytes: [UInt8], _ mask: @escaping (String) -> String
    ) -> (ReportContent, String?) {
        let report = XMLReport(mask: mask)
        do {
            try XMLReader.read(bytes, into: report)
            return (report.content, nil)
        } catch {
            // Of XML that is no report nobody asked.
            let isOurs = report.format != nil || error.text.contains("declares")
            return (.other, isOurs ? "\(report.format ?? "XML"): \(error.text)" : nil)
        }
    }

    private static func json(_ bytes: [UInt8]) -> (ReportContent, String?) {
        // Reading all of a long document is worth it only where it may be one.
        let head = bytes.prefix(64 << 10)
        guard contains("\"2.1.0\"", head) || contains("\"2.1.0\"", bytes.suffix(4096)),
            contains("\"runs\"", bytes)
        else { return (.other, nil) }
        do {
            return (try SARIFReport.read(bytes).map { .sarif($0) } ?? .other, nil)
        } catch {
            return (.other, "SARIF: \(error.text)")
        }
    }

    private static func contains(_ text: String, _ bytes: some Collection<UInt8>) -> Bool {
        let word = Array(text.utf8)
        var rest = bytes[...]
        while let at = rest.firstIndex(of: word[0]) {
            rest = rest[at...]
            if rest.starts(with: word) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
