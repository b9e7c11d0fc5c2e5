/// Users, or groups, of this machine that one account may have beside its own (subuid(5)).
package struct SubordinateIDs: Hashable, Sendable {
    package struct Range: Hashable, Sendable {
        package let first: UInt32
        package let count: UInt32

        package init(first: UInt32, count: UInt32) {
            self.first = first
            self.count = count
        }
    }

    /// As they stand in the file; what overlaps an earlier one is left out.
    package let ranges: [Range]

    /// How many a container is promised: those up to 65,535, its root being the account itself.
    package static let wanted: UInt32 = 65_535

    /// Lines of other accounts, and those that are none, are passed over.
    package init(parsing text: String, name: String, id: UInt32) {
        var ranges: [Range] = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 3, fields[0] == name || fields[0] == String(id),
                let first = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0,
                // The last number of all stands for "nobody is meant".
                count < UInt32.max - first, first > 0
            else { continue }
            let isNew = ranges.allSatisfy {
                first >= $0.first + $0.count || first + count <= $0.first
            }
            if isNew { ranges.append(Range(first: first, count: count)) }
        }
        self.ranges = Array(ranges.prefix(Self.lineLimit))
    }

    /// More lines than these the kernel takes in no map (user_namespaces(7): 340 since 4.15).
    private static let lineLimit = 300

    package var count: UInt64 { ranges.reduce(0) { $0 + UInt64($1.count) } }

    /// The words that `newuidmap` and `newgidmap` take after the pid: 0 is the account itself.
    package func mapWords(of account: UInt32) -> [String] {
        var words = ["0", String(account), "1"]
        var next: UInt64 = 1
        for range in ranges where next + UInt64(range.count) < UInt64(UInt32.max) {
            words += [String(next), String(range.first), String(range.count)]
            next += UInt64(range.count)
        }
        return words
    }
}
