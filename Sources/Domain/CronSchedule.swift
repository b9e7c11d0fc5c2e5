/// Times that repeat: minute, hour, day of the month, month, day of the week, such as
/// `0 3 * * mon-fri` (POSIX crontab(1)). Lists, ranges, steps over a range, and English names of
/// three letters; Sunday is 0 or 7.
///
/// Where both days are given, one of them is enough; only a bare `*` counts as not given.
package struct CronSchedule: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    package let description: String
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    /// Bit 0 is Sunday.
    let weekdays: UInt64
    let anyDay: Bool
    let anyWeekday: Bool

    /// In bytes.
    package static let lengthLimit = 256
    /// From one 29th of February to the next there may be eight years.
    private static let searchDays: Int64 = 9 * 366
    private static let daysOfMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    package init(parsing text: String) throws(CronError) {
        guard text.utf8.count <= Self.lengthLimit else { throw .tooLong }
        let words = text.split { $0 == " " || $0 == "\t" }
        if let first = words.first, first.hasPrefix("@") { throw .nickname(String(first)) }
        guard words.count == 5 else { throw .fieldCount(words.count) }
        description = text
        minutes = try CronField.minute.bits(words[0])
        hours = try CronField.hour.bits(words[1])
        days = try CronField.day.bits(words[2])
        months = try CronField.month.bits(words[3])
        let week = try CronField.weekday.bits(words[4])
        weekdays = (week | week >> 7) & 0x7f
        anyDay = words[2] == "*"
        anyWeekday = words[4] == "*"
        guard happens else { throw .never(text) }
    }

    /// Whether there is such a date at all: there is no 31st of February.
    private var happens: Bool {
        guard anyWeekday, !anyDay else { return true }
        for (index, length) in Self.daysOfMonths.enumerated() {
            // Bit 0 stands for no day.
            let known: UInt64 = (1 << UInt64(length + 1)) - 1
            if months >> UInt64(index + 1) & 1 == 1, days & known != 0 { return true }
        }
        return false
    }

    /// The first instant after `time` at which the schedule comes due; nil where time ends.
    ///
    /// When clocks go forward, a time that is left out comes due as much later as they went; when
    /// they go back, a time that is there twice comes due once. A schedule of every hour just
    /// follows the clock: it leaves out nothing that passes, and repeats what is there twice.
    package func next(after time: Timestamp, in zone: TimeZoneRule) -> Timestamp? {
        let now = time.microseconds.floorDividing(by: 1_000_000)
        // Nobody's clock is there.
        guard abs(now) < 1 << 40 else { return nil }
        // A shifted time may belong to the day before.
        let first = (now + Int64(zone.offset(now))).floorDividing(by: 86_400) - 1
        for day in first...(first + Self.searchDays) {
            let found = instants(ofDay: day, zone).filter { $0 > now }
            guard let earliest = found.min() else { continue }
            let others = instants(ofDay: day + 1, zone).filter { $0 > now }
            return Timestamp(microseconds: min(earliest, others.min() ?? earliest) * 1_000_000)
        }
        return nil
    }

    private func includes(day: Int64) -> Bool {
        let date = CivilDate(secondsSinceEpoch: day * 86_400)
        guard months >> UInt64(date.month) & 1 == 1 else { return false }
        let isDay = days >> UInt64(date.day) & 1 == 1
        // The first day of 1970 was a Thursday.
        let isWeekday = weekdays >> UInt64((day + 4).floorModulo(7)) & 1 == 1
        return switch (anyDay, anyWeekday) {
        case (false, false): isDay || isWeekday
        default: isDay && isWeekday
        }
    }

    /// When the schedule comes due on a day of the zone's calendar (days since 1970), in seconds
    /// since 1970; in no order.
    private func instants(ofDay day: Int64, _ zone: TimeZoneRule) -> [Int64] {
        guard includes(day: day) else { return [] }
        let start = day * 86_400
        let isEveryHour = hours == (1 << 24) - 1
        let shift = zone.shift(around: start)
        var instants: [Int64] = []
        for hour in 0..<24 where hours >> UInt64(hour) & 1 == 1 {
            for minute in 0..<60 where minutes >> UInt64(minute) & 1 == 1 {
                let clock = start + Int64(hour * 3600 + minute * 60)
                guard let shift else {
                    instants.append(clock - Int64(zone.offset(start)))
                    continue
                }
                let passed = shift.instants(ofClock: clock, zone)
                if passed.isEmpty {
                    if !isEveryHour { instants.append(clock - Int64(shift.before)) }
                } else {
                    instants += isEveryHour ? passed : [passed[0]]
                }
            }
        }
        return instants
    }
}

/// How a zone's clocks stand. A pure function, so that whoever has a table can give it.
package struct TimeZoneRule: Sendable {
    /// Seconds east of UTC at an instant (seconds since 1970); at most a day.
    package let offset: @Sendable (_ instant: Int64) -> Int

    package init(offset: @escaping @Sendable (_ instant: Int64) -> Int) {
        self.offset = offset
    }

    package static let utc = fixed(seconds: 0)

    package static func fixed(seconds: Int) -> TimeZoneRule {
        TimeZoneRule { _ in seconds }
    }

    /// A change of the clocks; a zone has one in three days at most.
    struct Shift {
        let before: Int
        let after: Int

        /// The instants, in order, at which the clocks show a time: none, one or two.
        func instants(ofClock clock: Int64, _ zone: TimeZoneRule) -> [Int64] {
            var found: [Int64] = []
            for offset in Set([before, after]) {
                let instant = clock - Int64(offset)
                if zone.offset(instant) == offset { found.append(instant) }
            }
            return found.sorted()
        }
    }

    /// The change of the clocks on, or near, the day whose first second on the clock is given.
    fileprivate func shift(around start: Int64) -> Shift? {
        // The day begins somewhere on Earth up to 14 hours earlier or 12 hours later.
        let before = offset(start - 26 * 3600)
        let after = offset(start + 50 * 3600)
        return before == after ? nil : Shift(before: before, after: after)
    }
}
