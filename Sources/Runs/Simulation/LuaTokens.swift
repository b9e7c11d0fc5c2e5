/// One piece of a Lua text.
struct LuaToken: Hashable {
    enum Kind: Hashable {
        /// A name or a keyword.
        case name(String)
        /// A text between short quotes; nil when it has escapes.
        case text(String?)
        /// An operator or a mark, such as `==`, `..` or `[`.
        case symbol(String)
        /// A number, or a long text.
        case other
    }

    let kind: Kind
    /// Offsets of bytes.
    let range: Range<Int>
}

/// Splits a Lua text into its pieces (Lua 5.4, §3.1); comments and blanks are left out.
///
/// It only finds what a text names: what is not Lua is split somehow, and Lua itself refuses it.
struct LuaTokens {
    private let bytes: [UInt8]
    private var place = 0
    private var tokens: [LuaToken] = []

    static func tokens(of bytes: [UInt8]) -> [LuaToken] {
        var lexer = LuaTokens(bytes: bytes)
        while lexer.place < bytes.count { lexer.next() }
        return lexer.tokens
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private mutating func add(_ kind: LuaToken.Kind, from start: Int) {
        tokens.append(LuaToken(kind: kind, range: start..<place))
    }

    private mutating func next() {
        let start = place
        let first = bytes[place]
        switch first {
        case 0x09...0x0d, 0x20: place += 1
        case UInt8(ascii: "-") where byte(place + 1) == first:
            place += 2
            if !takeLongBrackets() { skipLine() }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): takeText(until: first)
        case UInt8(ascii: "[") where takeLongBrackets(): add(.other, from: start)
        case _ where Self.isLetter(first):
            while place < bytes.count, Self.isLetter(byte(place)) || Self.isDigit(byte(place)) {
                place += 1
            }
            add(.name(text(start..<place)), from: start)
        case _ where Self.isDigit(first):
            while Self.isLetter(byte(place)) || Self.isDigit(byte(place))
                || byte(place) == UInt8(ascii: ".") && byte(place + 1) != UInt8(ascii: ".")
            { place += 1 }
            add(.other, from: start)
        default: takeSymbol()
        }
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private mutating func skipLine() {
        while place < bytes.count, bytes[place] != 0x0a { place += 1 }
    }

    /// `[[…]]`, `[=[…]=]`; false when none begins here.
    private mutating func takeLongBrackets() -> Bool {
        let open = UInt8(ascii: "[")
        let equals = UInt8(ascii: "=")
        guard byte(place) == open else { return false }
        var level = 0
        while byte(place + 1 + level) == equals { level += 1 }
        guard byte(place + 1 + level) == open else { return false }
        let close = [UInt8(ascii: "]")] + Array(repeating: equals, count: level)
        place += level + 2
        while place < bytes.count {
            let isEnd =
                bytes[place...].starts(with: close)
                && byte(place + level + 1) == UInt8(ascii: "]")
            if isEnd {
                place += level + 2
                return true
            }
            place += 1
        }
        return true
    }

    private mutating func takeText(until quote: UInt8) {
        let start = place
        var hasEscape = false
        place += 1
        while place < bytes.count, bytes[place] != quote, bytes[place] != 0x0a {
            if bytes[place] == UInt8(ascii: "\\") {
                hasEscape = true
                place += 1
            }
            place += 1
        }
        place = min(place, bytes.count)
        let content = text(start + 1..<max(start + 1, place))
        place = min(place + 1, bytes.count)
        add(.text(hasEscape ? nil : content), from: start)
    }

    private static let pairs: Set<String> = ["==", "~=", "<=", ">=", "..", "//", "::", "<<", ">>"]

    private mutating func takeSymbol() {
        let start = place
        let isPair = place + 1 < bytes.count && Self.pairs.contains(text(place..<place + 2))
        place += isPair ? 2 : 1
        add(.symbol(text(start..<place)), from: start)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
