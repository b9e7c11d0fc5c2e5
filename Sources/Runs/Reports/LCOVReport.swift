import Workflows

/// LCOV's tracefiles (geninfo(1)): lines `DA:LINE,HITS` in records that `end_of_record` ends; a
/// record without any says `LF:` and `LH:`.
enum LCOVReport {
    static func isOne(_ bytes: [UInt8]) -> Bool {
        let start = bytes.drop { Self.isBlank($0) }
        return start.starts(with: "TN:".utf8) || start.starts(with: "SF:".utf8)
    }

    static func read(_ bytes: [UInt8]) throws(ReportProblem) -> LineCoverage {
        var coverage = LineCoverage()
        var record = LineCoverage()
        var found: Int64?
        var hit: Int64?
        var hasEnded = true
        var number = 0
        for var line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
            number += 1
            if line.last == 0x0d { line = line.dropLast() }
            func value(_ text: some Sequence<UInt8>) throws(ReportProblem) -> Int64 {
                guard let value = Int64(String(decoding: Array(text), as: UTF8.self)),
                    value >= 0, value < 1 << 40
                else { throw ReportProblem(text: "line \(number): a number was expected") }
                return value
            }
            if line.starts(with: "SF:".utf8) {
                hasEnded = false
            } else if line.starts(with: "DA:".utf8) {
                let parts = line.dropFirst(3).split(
                    separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                guard parts.count >= 2, !hasEnded else {
                    throw ReportProblem(text: "line \(number): DA:LINE,HITS in a record expected")
                }
                _ = try value(parts[0])
                record.lines += 1
                if Self.isHit(parts[1]) { record.covered += 1 }
            } else if line.starts(with: "LF:".utf8) {
                found = try value(line.dropFirst(3))
            } else if line.starts(with: "LH:".utf8) {
                hit = try value(line.dropFirst(3))
            } else if line.elementsEqual("end_of_record".utf8) {
                if record.lines == 0, let found, let hit, hit <= found {
                    record = LineCoverage(covered: hit, lines: found)
                }
                coverage.lines += record.lines
                coverage.covered += record.covered
                (record, found, hit, hasEnded) = (LineCoverage(), nil, nil, true)
            }
        }
        guard hasEnded else {
            throw ReportProblem(text: "its last record has no end_of_record: it was cut off")
        }
        return coverage
    }

    /// Counters may be as large as they like, and below zero where they overflowed or lost a race.
    private static func isHit(_ count: some Collection<UInt8>) -> Bool {
        count.first != UInt8(ascii: "-") && count.contains { (0x31...0x39).contains($0) }
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }
}
