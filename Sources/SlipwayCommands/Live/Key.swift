/// A key that somebody pressed.
enum Key: Hashable, Sendable {
    case up, down, left, right, pageUp, pageDown, home, end
    case enter, escape, backspace
    case character(Unicode.Scalar)
}

/// Reads keys from the bytes that a terminal sends: UTF-8, and the sequences of ECMA-48 §5.4 (CSI)
/// and of keypads (SS3). What it does not know is passed over.
///
/// Bytes may be cut anywhere. A lone ESC may be the key or a sequence's beginning: `flush` says
/// that nothing more came.
struct KeyParser {
    private var pending: [UInt8] = []

    /// A sequence that is longer than this is none.
    private static let sequenceLimit = 32

    /// Whether what was read so far may go on.
    var isPending: Bool { !pending.isEmpty }

    mutating func take(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        var place = 0
        while place < pending.count, let (key, length) = next(at: place) {
            if let key { keys.append(key) }
            place += length
        }
        pending.removeFirst(place)
        return keys
    }

    /// Nothing more came for a while.
    mutating func flush() -> [Key] {
        defer { pending = [] }
        return pending.first == 0x1b ? [.escape] : []
    }

    /// Nil when more bytes are needed; no key for what is passed over.
    private func next(at place: Int) -> (key: Key?, length: Int)? {
        let byte = pending[place]
        switch byte {
        case 0x1b: return sequence(at: place)
        case 0x0a, 0x0d: return (.enter, 1)
        case 0x08, 0x7f: return (.backspace, 1)
        case 0x20..<0x7f: return (.character(Unicode.Scalar(byte)), 1)
        case 0x80...: return scalar(at: place)
        default: return (nil, 1)
        }
    }

    private func sequence(at place: Int) -> (key: Key?, length: Int)? {
        guard place + 1 < pending.count else { return nil }
        switch pending[place + 1] {
        case UInt8(ascii: "["): return control(at: place)
        case UInt8(ascii: "O"):
            guard place + 2 < pending.count else { return nil }
            return (Self.key(final: pending[place + 2], number: 0), 3)
        // ESC, and another key right behind it.
        default: return (.escape, 1)
        }
    }

    /// `ESC [`, parameters (0x30 to 0x3f), intermediates (0x20 to 0x2f), one final byte.
    private func control(at place: Int) -> (key: Key?, length: Int)? {
        var number = 0
        var isFirst = true
        for index in (place + 2)..<max(place + 2, pending.count) {
            guard index - place < Self.sequenceLimit else { return (nil, index - place) }
            let byte = pending[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if isFirst { number = min(1000, number * 10 + Int(byte & 15)) }
            case 0x20...0x3f: isFirst = false
            case 0x40...0x7e: return (Self.key(final: byte, number: number), index - place + 1)
            // Not a sequence after all: what breaks it is read anew.
            default: return (nil, index - place)
            }
        }
        return nil
    }

    private static func key(final: UInt8, number: Int) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "~"):
            switch number {
            case 1, 7: .home
            case 4, 8: .end
            case 5: .pageUp
            case 6: .pageDown
            default: nil
            }
        default: nil
        }
    }

    private func scalar(at place: Int) -> (key: Key?, length: Int)? {
        let length: Int
        switch pending[place] {
        case 0xc2..<0xe0: length = 2
        case 0xe0..<0xf0: length = 3
        case 0xf0..<0xf5: length = 4
        default: return (nil, 1)
        }
        let bytes = pending[place..<min(place + length, pending.count)]
        guard bytes.dropFirst().allSatisfy({ $0 & 0xc0 == 0x80 }) else { return (nil, 1) }
        guard bytes.count == length else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self),
            let scalar = text.unicodeScalars.first
        else { return (nil, length) }
        return (TerminalText.isHarmful(scalar) ? nil : .character(scalar), length)
    }
}
