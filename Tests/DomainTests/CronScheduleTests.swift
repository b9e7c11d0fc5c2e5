import Domain
import TestSupport
import Testing

struct CronScheduleTests {
    /// `2026-11-25T08:00`, in UTC.
    private static func time(_ text: String) throws -> Timestamp {
        let numbers = text.split { "-T:".contains($0) }.compactMap { Int64($0) }
        try #require(numbers.count == 5)
        let day = CivilDate.seconds(year: numbers[0], month: numbers[1], day: numbers[2])
        return Timestamp(
            microseconds: (day + numbers[3] * 3600 + numbers[4] * 60) * 1_000_000)
    }

    /// Central Europe: an hour from UTC, two from the last Sunday of March to that of October,
    /// 01:00 UTC each.
    private static let berlin = TimeZoneRule { instant in
        let year = Int64(CivilDate(secondsSinceEpoch: instant).year)
        func change(_ month: Int64) -> Int64 {
            let last = CivilDate.seconds(year: year, month: month, day: 31)
            return last - (last / 86_400 + 4) % 7 * 86_400 + 3600
        }
        return instant >= change(3) && instant < change(10) ? 7200 : 3600
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let fact: String
        let cron: String
        let zone: TimeZoneRule
        let after: String
        let expected: [String]

        init(
            _ fact: String, _ cron: String, _ zone: TimeZoneRule, _ after: String,
            _ expected: [String]
        ) {
            self.fact = fact
            self.cron = cron
            self.zone = zone
            self.after = after
            self.expected = expected
        }

        var testDescription: String { fact }
    }

    private static let plain = [
        Case(
            "a weekday", "0 3 * * 1", .utc, "2026-11-25T08:00",
            ["2026-11-30T03:00", "2026-12-07T03:00"]),
        Case(
            "steps go over midnight", "*/15 * * * *", .utc, "2026-11-25T23:46",
            ["2026-11-26T00:00", "2026-11-26T00:15"]),
        Case(
            "the instant itself is over", "0 0 * * *", .utc, "2026-11-25T00:00",
            ["2026-11-26T00:00"]),
        Case(
            "leap days", "0 0 29 2 *", .utc, "2026-11-25T08:00",
            ["2028-02-29T00:00", "2032-02-29T00:00"]),
        Case(
            "2100 is no leap year", "0 0 29 feb *", .utc, "2096-03-01T00:00",
            ["2104-02-29T00:00"]),
        Case(
            "of a day and a weekday one is enough", "0 12 13 * fri", .utc, "2026-11-25T08:00",
            ["2026-11-27T12:00", "2026-12-04T12:00", "2026-12-11T12:00", "2026-12-13T12:00"]),
        Case(
            "7 is Sunday", "59 23 31 12 7", .utc, "2026-12-28T00:00",
            ["2026-12-31T23:59", "2027-12-05T23:59"]),
        Case(
            "a fixed offset", "0 0 * * *", .fixed(seconds: 5 * 3600 + 1800), "2026-11-25T08:00",
            ["2026-11-25T18:30", "2026-11-26T18:30"]),
    ]

    private static let overChanges = [
        Case(
            "the new year of Berlin begins before that of UTC", "0 0 1 1 *", berlin,
            "2026-11-25T08:00", ["2026-12-31T23:00"]),
        Case(
            "a time that is left out comes due later that day", "30 2 * * *", berlin,
            "2027-03-27T00:00", ["2027-03-27T01:30", "2027-03-28T01:30", "2027-03-29T00:30"]),
        Case(
            "a time that is there twice comes due once", "30 2 * * *", berlin, "2027-10-30T12:00",
            ["2027-10-31T00:30", "2027-11-01T01:30"]),
        Case(
            "every hour leaves out nothing in spring", "30 * * * *", berlin, "2027-03-28T00:00",
            ["2027-03-28T00:30", "2027-03-28T01:30", "2027-03-28T02:30"]),
        Case(
            "every hour repeats an hour in autumn", "30 * * * *", berlin, "2027-10-31T00:00",
            ["2027-10-31T00:30", "2027-10-31T01:30", "2027-10-31T02:30"]),
        Case(
            "times that fall together come due once", "0,30 2,3 * * *", berlin,
            "2027-03-27T12:00", ["2027-03-28T01:00", "2027-03-28T01:30", "2027-03-29T00:00"]),
    ]

    @Test("what comes next", arguments: plain + overChanges)
    func next(expectation: Case) throws {
        let schedule = try CronSchedule(parsing: expectation.cron)
        var time = try Self.time(expectation.after)
        for expected in expectation.expected {
            let next = try #require(schedule.next(after: time, in: expectation.zone))
            let instant = try Self.time(expected)
            #expect(next == instant)
            time = next
        }
    }

    @Test(
        "the same schedule in other words",
        arguments: [
            ("0 3 * * mon-fri", "0 3 * * 1,2,3,4,5"), ("0 0 1 */3 *", "0 0 1 1,4,7,10 *"),
            ("0 0 1 JAN,Jul *", "0 0 1 1,7 *"), ("0-30/10 * * * *", "0,10,20,30 * * * *"),
            ("0 0 * * 0", "0 0 * * 7"), ("0  0\t* * sun", "0 0 * * 0"),
            ("0 0 * * 5-7", "0 0 * * 0,5,6"),
        ])
    func same(text: String, other: String) throws {
        let (left, right) = (try CronSchedule(parsing: text), try CronSchedule(parsing: other))
        var time = try Self.time("2026-11-25T08:00")
        for _ in 0..<12 {
            let next = try #require(left.next(after: time, in: .utc))
            #expect(next == right.next(after: time, in: .utc))
            time = next
        }
    }

    @Test(
        "what is no schedule",
        arguments: [
            ("", .fieldCount(0)), ("* * * *", .fieldCount(4)), ("0 0 0 * * *", .fieldCount(6)),
            ("@daily", .nickname("@daily")),
            ("60 * * * *", .outOfRange(field: "minute", "60", from: 0, to: 59)),
            ("0 24 * * *", .outOfRange(field: "hour", "24", from: 0, to: 23)),
            ("0 0 0 * *", .outOfRange(field: "day", "0", from: 1, to: 31)),
            ("0 0 * 13 *", .outOfRange(field: "month", "13", from: 1, to: 12)),
            ("0 0 * * 8", .outOfRange(field: "weekday", "8", from: 0, to: 7)),
            ("5-1 * * * *", .descending(field: "minute", "5-1")),
            ("0 0 * * fri-mon", .descending(field: "weekday", "fri-mon")),
            ("*/0 * * * *", .step(field: "minute", "*/0")),
            ("*/60 * * * *", .step(field: "minute", "*/60")),
            ("5/10 * * * *", .stepWithoutRange(field: "minute", "5/10", last: 59)),
            ("x * * * *", .field("minute", "x", example: "*/5")),
            ("-1 * * * *", .field("minute", "-1", example: "*/5")),
            ("1, * * * *", .field("minute", "1,", example: "*/5")),
            ("+5 * * * *", .field("minute", "+5", example: "*/5")),
            ("1-2-3 * * * *", .field("minute", "1-2-3", example: "*/5")),
            ("*/1/2 * * * *", .field("minute", "*/1/2", example: "*/5")),
            ("0 0 L * *", .field("day", "L", example: "*/5")),
            ("0 0 * foo *", .field("month", "foo", example: "feb")),
            ("0 0 31 2 *", .never("0 0 31 2 *")),
            ("0 0 31 4,6,9,11 *", .never("0 0 31 4,6,9,11 *")),
            (String(repeating: "0", count: 257), .tooLong),
        ] as [(String, CronError)])
    func refuses(text: String, expected: CronError) {
        #expect(throws: expected) { try CronSchedule(parsing: text) }
        #expect(!expected.description.isEmpty)
    }

    @Test("a 31st of a short month comes with a weekday beside it")
    func eitherDay() throws {
        let schedule = try CronSchedule(parsing: "0 0 31 2 mon")
        let next = schedule.next(after: try Self.time("2026-11-25T08:00"), in: .utc)
        let monday = try Self.time("2027-02-01T00:00")
        #expect(next == monday)
    }

    @Test("random schedules are refused, or come due later than asked", arguments: 0..<20)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let texts = ["0 3 * * 1", "*/15 0-12/3 1,15 jan-jun *", "59 23 31 12 0,6", "0 0 29 2 *"]
        for _ in 0..<60 {
            let text = random.mutated(Array((texts.randomElement(using: &random) ?? "").utf8))
            let schedule: CronSchedule
            do {
                schedule = try CronSchedule(parsing: String(decoding: text, as: UTF8.self))
            } catch { continue }
            let time = Timestamp(
                microseconds: Int64.random(in: 0..<4_000_000_000_000_000, using: &random))
            let next = try #require(schedule.next(after: time, in: Self.berlin))
            #expect(next > time)
        }
    }

    @Test("times at the ends of the clock are no trap")
    func ends() throws {
        let schedule = try CronSchedule(parsing: "* * * * *")
        for time in [Int64.min, Int64.max] {
            #expect(schedule.next(after: Timestamp(microseconds: time), in: .utc) == nil)
        }
    }

    @Test(
        "names of time zones",
        arguments: [
            "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+1", "EST5EDT",
            "America/Port-au-Prince",
        ])
    func zone(text: String) {
        #expect(TimeZoneName(parsing: text)?.description == text)
    }

    @Test(
        "what is no name of a time zone",
        arguments: [
            "", "/", "Europe/", "/etc/passwd", "../../etc/passwd", "Europe/../UTC", "a/b/c/d/e",
            "+02:00", "Europe/Berlin ", "Größe", "a\u{0}", String(repeating: "a", count: 65),
        ])
    func noZone(text: String) {
        #expect(TimeZoneName(parsing: text) == nil)
    }
}
