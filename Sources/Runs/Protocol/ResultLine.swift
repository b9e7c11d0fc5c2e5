/// One line of a log, read as a result (DESIGN §3, "Out").
///
/// A result is `[T_RESULT] NAME = value`, once carriage returns and terminal escapes are taken
/// out of the whole line. The marker must be the first thing in it and a blank must follow it;
/// the first `=` splits; blanks around name and value do not count.
enum ResultLine: Hashable {
    /// Nothing of ours.
    case ordinary
    case result(name: String, value: [UInt8])
    /// It has the marker, but is no result; says why.
    case malformed(String)

    static let marker = Array("[T_RESULT]".utf8)

    /// `line` is the raw line without its end.
    init(parsing line: [UInt8]) {
        guard Self.hasMarker(line) else {
            self = .ordinary
            return
        }
        let rest = Self.stripped(line)[Self.marker.count...]
        guard let blank = rest.first else {
            self = .malformed("nothing follows [T_RESULT]; expected ' NAME = value'")
            return
        }
        guard blank == 0x20 || blank == 0x09 else {
            self = .malformed("no blank follows [T_RESULT]; expected '[T_RESULT] NAME = value'")
            return
        }
        guard let split = rest.firstIndex(of: UInt8(ascii: "=")) else {
            self = .malformed("no '=' follows [T_RESULT]; expected '[T_RESULT] NAME = value'")
            return
        }
        let name = ResultLimits.trimmed(rest[..<split])
        guard let valid = ResultLimits.name(name) else {
            self = .malformed(
                "\(ResultLimits.quoted(name)) is no name; expected letters, digits, '_', '.', '-'")
            return
        }
        self = .result(
            name: valid, value: Array(ResultLimits.trimmed(rest[rest.index(after: split)...])))
    }

    /// Whether a line, or the beginning of one, begins with the marker for the reader.
    static func hasMarker(_ line: [UInt8]) -> Bool {
        mayHaveMarker(line) && stripped(line, limit: marker.count) == marker
    }

    /// False when the first bytes of a line tell that it has no marker; looks at ten at most.
    static func mayHaveMarker(_ line: [UInt8]) -> Bool {
        for (byte, expected) in zip(line, marker) {
            if byte == escape || byte == 0x0d { return true }
            if byte != expected { return false }
        }
        return true
    }

    // MARK: Terminal escapes (ECMA-48)

    private static let escape: UInt8 = 0x1b

    /// The line without carriage returns and escapes; stops after `limit` bytes.
    static func stripped(_ line: [UInt8], limit: Int = .max) -> [UInt8] {
        var plain: [UInt8] = []
        var place = 0
        while place < line.count, plain.count < limit {
            if line[place] == escape {
                place = endOfEscape(line, place)
                continue
            }
            if line[place] != 0x0d { plain.append(line[place]) }
            place += 1
        }
        return plain
    }

    private static func endOfEscape(_ line: [UInt8], _ start: Int) -> Int {
        var place = start + 1
        guard place < line.count else { return place }
        func skip(_ range: ClosedRange<UInt8>) {
            while place < line.count, range.contains(line[place]) { place += 1 }
        }
        func skipOne(_ range: ClosedRange<UInt8>) {
            if place < line.count, range.contains(line[place]) { place += 1 }
        }
        switch line[place] {
        case UInt8(ascii: "["):  // control sequence: parameters, intermediates, final
            place += 1
            skip(0x30...0x3f)
            skip(0x20...0x2f)
            skipOne(0x40...0x7e)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"),
            UInt8(ascii: "_"):  // strings: up to BEL or ESC \
            while place < line.count, line[place] != 0x07 {
                if line[place] == escape {
                    place += 1
                    skipOne(0x5c...0x5c)
                    return place
                }
                place += 1
            }
            skipOne(0x07...0x07)
        default:
            skip(0x20...0x2f)
            skipOne(0x30...0x7e)
        }
        return place
    }
}
