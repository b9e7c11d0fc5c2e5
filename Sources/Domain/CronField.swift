/// One of the five fields of a schedule.
struct CronField {
    let name: String
    let bounds: ClosedRange<Int>
    /// Names of the values from `bounds.lowerBound` on.
    var names: [String] = []

    static let minute = CronField(name: "minute", bounds: 0...59)
    static let hour = CronField(name: "hour", bounds: 0...23)
    static let day = CronField(name: "day", bounds: 1...31)
    static let month = CronField(
        name: "month", bounds: 1...12,
        names: [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ])
    static let weekday = CronField(
        name: "weekday", bounds: 0...7,
        names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    /// The values that a text such as `1,5-20/5,mon` names, a bit each.
    func bits(_ text: Substring) throws(CronError) -> UInt64 {
        var found: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            found |= try bits(ofPart: part, in: text)
        }
        return found
    }

    private func bits(ofPart part: Substring, in text: Substring) throws(CronError) -> UInt64 {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let base = pieces.first else { throw unknown(text) }
        let range = try range(base, in: text)
        guard pieces.count == 2 else { return Self.bits(range, step: 1) }
        guard base == "*" || base.contains("-") else {
            throw .stepWithoutRange(field: name, String(part), last: bounds.upperBound)
        }
        guard let step = Self.number(pieces[1]), step > 0, step <= range.upperBound else {
            throw .step(field: name, String(part))
        }
        return Self.bits(range, step: step)
    }

    private func range(
        _ text: Substring, in whole: Substring
    ) throws(CronError) -> ClosedRange<Int> {
        if text == "*" { return bounds.lowerBound...(name == "weekday" ? 6 : bounds.upperBound) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = ends.first, let last = ends.last, ends.count <= 2 else {
            throw unknown(whole)
        }
        let low = try value(first, in: whole)
        let high = try value(last, in: whole)
        guard low <= high else { throw .descending(field: name, String(text)) }
        return low...high
    }

    private func value(_ text: Substring, in whole: Substring) throws(CronError) -> Int {
        if let index = names.firstIndex(of: text.lowercased()) { return bounds.lowerBound + index }
        guard let number = Self.number(text) else { throw unknown(whole) }
        guard bounds.contains(number) else {
            throw .outOfRange(
                field: name, String(text), from: bounds.lowerBound, to: bounds.upperBound)
        }
        return number
    }

    private func unknown(_ text: Substring) -> CronError {
        .field(name, String(text), example: names.dropFirst().first ?? "*/5")
    }

    /// Digits alone: Swift's reader also takes a sign.
    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39) ~= $0 })
        else { return nil }
        return Int(text)
    }

    private static func bits(_ range: ClosedRange<Int>, step: Int) -> UInt64 {
        stride(from: range.lowerBound, through: range.upperBound, by: step)
            .reduce(0) { $0 | 1 << UInt64($1) }
    }
}

/// What is wrong with a schedule.
package enum CronError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong
    case nickname(String)
    case fieldCount(Int)
    case field(String, String, example: String)
    case outOfRange(field: String, String, from: Int, to: Int)
    case descending(field: String, String)
    case step(field: String, String)
    case stepWithoutRange(field: String, String, last: Int)
    case never(String)

    package var description: String {
        switch self {
        case .tooLong: "the schedule is longer than 256 bytes"
        case .nickname(let text):
            "'\(text.prefix(40))' is no schedule here; write five fields, such as '0 0 * * *' "
                + "for every midnight"
        case .fieldCount(let count):
            "the schedule has \(count) field\(count == 1 ? "" : "s"); expected five: minute, "
                + "hour, day, month, weekday"
        case .field(let field, let text, let example):
            "the \(field) is '\(text.prefix(40))'; expected '*', numbers, ranges, lists or steps, "
                + "such as \(example)"
        case .outOfRange(let field, let text, let low, let high):
            "the \(field) is \(text.prefix(40)); expected \(low) to \(high)"
        case .descending(let field, let text):
            "the \(field) '\(text.prefix(40))' goes backwards"
        case .step(let field, let text):
            "the step of the \(field) '\(text.prefix(40))' is nothing, or too long"
        case .stepWithoutRange(let field, let text, let last):
            "the \(field) '\(text.prefix(40))' has a step without a range; write it as "
                + "'FIRST-\(last)/STEP'"
        case .never(let text):
            "'\(text.prefix(60))' never comes: no month of it has such a day"
        }
    }
}
