/// An instant in UTC, counted in microseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds + right.microseconds)
    }

    /// How long after `other` this instant is; negative when it is earlier.
    package func since(_ other: Timestamp) -> Duration {
        .microseconds(microseconds - other.microseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 with milliseconds, such as `2026-11-24T12:00:05.123Z`.
    package var description: String {
        let date = CivilDate(secondsSinceEpoch: microseconds.floorDividing(by: 1_000_000))
        let milliseconds = microseconds.floorModulo(1_000_000) / 1000
        return "\(date.dateText)T\(date.timeText).\(padded(milliseconds, 3))Z"
    }
}

/// A date and a time of day of the proleptic Gregorian calendar, in UTC.
package struct CivilDate: Hashable, Sendable {
    package let year, month, day, hour, minute, second: Int

    /// Days to civil date by Howard Hinnant's public method (chrono-compatible date algorithms).
    package init(secondsSinceEpoch seconds: Int64) {
        let secondOfDay = Int(seconds.floorModulo(86_400))
        let shifted = Int(seconds.floorDividing(by: 86_400)) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = secondOfDay / 3600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
    }

    /// `YYYY-MM-DD`.
    package var dateText: String {
        "\(padded(Int64(year), 4))-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))"
    }

    /// `hh:mm:ss`.
    package var timeText: String {
        "\(padded(Int64(hour), 2)):\(padded(Int64(minute), 2)):\(padded(Int64(second), 2))"
    }
}

/// A number in decimal, filled with zeros on the left to `width` digits.
package func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

extension Int64 {
    func floorDividing(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    func floorModulo(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension CivilDate {
    /// Seconds since 1970 at the start of a day; the inverse of `init(secondsSinceEpoch:)`.
    package static func seconds(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDividing(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400
    }
}
