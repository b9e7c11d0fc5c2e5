/// Processor time in thousandths of a core.
package struct ProcessorShare: Hashable, Sendable, CustomStringConvertible {
    package let millicores: Int

    package init(millicores: Int) {
        self.millicores = millicores
    }

    /// Reads `2`, `0.5` or `500m`; from 1m to 1,024 cores (Kubernetes' resource quantities).
    package init(parsing text: String) throws(QuantityError) {
        var digits = text.utf8[...]
        let isMilli = digits.last == UInt8(ascii: "m")
        if isMilli { digits = digits.dropLast() }
        var value = 0
        var decimals: Int?
        var count = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: ".") where decimals == nil && !isMilli && count > 0:
                decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9") where count < 9 && (decimals ?? 0) < 3:
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                decimals = decimals.map { $0 + 1 }
                count += 1
            default:
                throw .cpu(text)
            }
        }
        guard count > 0, decimals != 0 else { throw .cpu(text) }
        if !isMilli {
            for _ in (decimals ?? 0)..<3 { value *= 10 }
        }
        guard value >= 1, value <= 1_024_000 else { throw .cpu(text) }
        millicores = value
    }

    package var description: String {
        millicores % 1000 == 0 ? "\(millicores / 1000)" : "\(millicores)m"
    }
}

/// A size in bytes.
package struct ByteSize: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let bytes: Int64

    package init(bytes: Int64) {
        self.bytes = bytes
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

    /// Reads `4096`, `512Ki`, `256Mi`, `2Gi`, `1Ti`, `500K`, `5M`, `1G`; from 1 byte to 1 Pi.
    package init(parsing text: String) throws(QuantityError) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), let scale = Self.scales[text.dropFirst(digits.count)]
        else { throw .size(text) }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: scale)
        guard !overflow, bytes >= 1, bytes <= 1 << 50 else { throw .size(text) }
        self.bytes = bytes
    }

    private static let scales: [Substring: Int64] = [
        "": 1, "K": 1000, "k": 1000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000,
        "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
    ]

    /// The nearest figure with a binary unit, such as `1.5 MiB`.
    package var description: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var unit = 0
        var scaled = bytes
        var tenths: Int64 = 0
        while scaled >= 1024, unit < units.count - 1 {
            tenths = scaled % 1024 * 10 / 1024
            scaled /= 1024
            unit += 1
        }
        return unit > 0 && scaled < 100
            ? "\(scaled).\(tenths) \(units[unit])" : "\(scaled) \(units[unit])"
    }
}
