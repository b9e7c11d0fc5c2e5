import Domain
import Workflows

/// How a line stands in a segment:
///
///     2026-11-24T12:00:05.123456Z o. text
///
/// Time in UTC with microseconds, `o` or `e` for the stream, `.` when the line ends here or `+`
/// when it goes on, a blank, the text, a line feed. A log that has ended has the record `end`.
enum LogRecord {
    static let headerCount = 31
    /// Longer texts are cut into pieces.
    static let textLimit = 64 << 10
    static let countLimit = headerCount + textLimit + 1
    static let endMark = Array("end\n".utf8)

    private static let streamPlace = 28
    private static let flagPlace = 29

    /// Whether the record (without its line feed) is a line's last piece.
    static func endsLine(_ record: ArraySlice<UInt8>) -> Bool {
        record.count >= headerCount
            && record[record.startIndex + flagPlace] == UInt8(ascii: ".")
    }

    /// Nil when it is no record: something else wrote here.
    static func line(_ record: ArraySlice<UInt8>, offset: Int64) -> LogLine? {
        guard record.count >= headerCount, let time = time(record) else { return nil }
        let stream: LogChunk.Stream
        switch record[record.startIndex + streamPlace] {
        case UInt8(ascii: "o"): stream = .output
        case UInt8(ascii: "e"): stream = .error
        default: return nil
        }
        return LogLine(
            time: time, stream: stream, text: Array(record.dropFirst(headerCount)),
            endsLine: endsLine(record), offset: offset)
    }

    private static func time(_ record: ArraySlice<UInt8>) -> Timestamp? {
        let start = record.startIndex
        var isNumber = true
        func number(_ place: Int, _ count: Int) -> Int64 {
            var value: Int64 = 0
            for byte in record[start + place..<start + place + count] {
                isNumber = isNumber && (0x30...0x39).contains(byte)
                value = value * 10 + Int64(byte) - 0x30
            }
            return value
        }
        var seconds = CivilDate.seconds(
            year: number(0, 4), month: number(5, 2), day: number(8, 2))
        seconds += number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)
        let microseconds = seconds * 1_000_000 + number(20, 6)
        return isNumber ? Timestamp(microseconds: microseconds) : nil
    }
}

/// Writes records; keeps the text of the last second, since most share it.
struct LogRecordWriter {
    private var second = Int64.min
    private var secondText: [UInt8] = []

    /// The end of year 9999, the last that four digits hold.
    private static let lastMicrosecond: Int64 = 253_402_300_799_999_999

    mutating func append(
        _ text: ArraySlice<UInt8>, time: Timestamp, stream: LogChunk.Stream, endsLine: Bool,
        to buffer: inout [UInt8]
    ) {
        let microseconds = min(max(0, time.microseconds), Self.lastMicrosecond)
        if microseconds / 1_000_000 != second {
            second = microseconds / 1_000_000
            let date = CivilDate(secondsSinceEpoch: second)
            secondText = Array("\(date.dateText)T\(date.timeText).".utf8)
        }
        buffer += secondText
        var divisor: Int64 = 100_000
        while divisor > 0 {
            buffer.append(UInt8(microseconds / divisor % 10) + UInt8(ascii: "0"))
            divisor /= 10
        }
        buffer.append(UInt8(ascii: "Z"))
        buffer.append(0x20)
        buffer.append(stream == .output ? UInt8(ascii: "o") : UInt8(ascii: "e"))
        buffer.append(endsLine ? UInt8(ascii: ".") : UInt8(ascii: "+"))
        buffer.append(0x20)
        buffer += text
        buffer.append(0x0a)
    }
}
