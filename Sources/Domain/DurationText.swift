/// What is wrong with a quantity that a person wrote.
package enum QuantityError: Error, Hashable, Sendable, CustomStringConvertible {
    case duration(String)
    case cpu(String)
    case size(String)

    package var description: String {
        switch self {
        case .duration(let text):
            "'\(text)' is not a duration; expected a whole number and a unit, such as 500ms, 30s, "
                + "10m, 2h or 1h30m"
        case .cpu(let text):
            "'\(text)' is not a CPU quantity; expected cores such as 2 or 0.5, or thousandths "
                + "such as 500m"
        case .size(let text):
            "'\(text)' is not a size; expected a whole number of bytes with an optional unit, "
                + "such as 512Ki, 256Mi or 2Gi"
        }
    }
}

extension Duration {
    /// Reads `500ms`, `30s`, `10m`, `2h`, `1d` or a sum such as `1h30m`; at most ten years.
    package init(parsing text: String) throws(QuantityError) {
        var total: Int64 = 0
        var number: Int64?
        var unit = ""
        var parts = 0
        func finish() throws(QuantityError) {
            guard let count = number, let scale = Self.millisecondsPerUnit[unit] else {
                throw .duration(text)
            }
            let (scaled, overflow) = count.multipliedReportingOverflow(by: scale)
            guard !overflow, scaled <= Self.longestMilliseconds - total else {
                throw .duration(text)
            }
            total += scaled
            parts += 1
            number = nil
            unit = ""
        }
        for byte in text.utf8 {
            if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                if !unit.isEmpty { try finish() }
                let value = (number ?? 0) * 10 + Int64(byte - UInt8(ascii: "0"))
                guard value < 1_000_000_000_000 else { throw .duration(text) }
                number = value
            } else {
                unit.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        try finish()
        guard parts > 0 else { throw .duration(text) }
        self = .milliseconds(total)
    }

    private static let longestMilliseconds: Int64 = 10 * 366 * 86_400_000
    private static let millisecondsPerUnit: [String: Int64] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]

    /// Whole microseconds, cut off towards zero.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Whole milliseconds, cut off towards zero.
    package var milliseconds: Int64 { microseconds / 1000 }

    /// The shortest text that `init(parsing:)` reads back, such as `1h30m`; `0s` for none.
    package var text: String {
        var rest = milliseconds
        var text = ""
        for (unit, scale) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
        where rest >= scale {
            text += "\(rest / Int64(scale))\(unit)"
            rest %= Int64(scale)
        }
        return text.isEmpty ? "0s" : text
    }
}
