/// What is wrong with a JSON text, and at which byte.
package enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    case unexpected(offset: Int, expected: String)
    case tooDeep(limit: Int)
    case duplicateKey(String, offset: Int)
    case invalidText(offset: Int)

    package var description: String {
        switch self {
        case .unexpected(let offset, let expected): "byte \(offset): expected \(expected)"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .duplicateKey(let key, let offset): "byte \(offset): the key '\(key)' stands twice"
        case .invalidText(let offset): "byte \(offset): not valid UTF-8 or a lone surrogate"
        }
    }
}

/// Reads strict JSON (RFC 8259) from bytes: duplicate keys and deep nesting are refused.
package struct JSONParser {
    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0
    private static let depthLimit = 128

    /// Parses one value that fills the whole text.
    package static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: Array(bytes))
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.offset == parser.bytes.count else { throw parser.expected("the end") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func expected(_ what: String) -> JSONError {
        .unexpected(offset: offset, expected: what)
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            offset += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func literal(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue
    {
        guard bytes[offset...].starts(with: text.utf8) else { throw expected("'\(text)'") }
        offset += text.utf8.count
        return value
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        offset += 1
        guard depth <= Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        skipBlanks()
        if current == UInt8(ascii: "]") {
            offset += 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            if try endsGroup(UInt8(ascii: "]"), "',' or ']'") { return .array(elements) }
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [String: JSONValue] = [:]
        skipBlanks()
        if current == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            skipBlanks()
            let start = offset
            guard current == UInt8(ascii: "\"") else { throw expected("a key in quotes") }
            let key = try string()
            skipBlanks()
            guard current == UInt8(ascii: ":") else { throw expected("':'") }
            offset += 1
            let member = try value()
            guard members.updateValue(member, forKey: key) == nil else {
                throw .duplicateKey(key, offset: start)
            }
            if try endsGroup(UInt8(ascii: "}"), "',' or '}'") { return .object(members) }
        }
    }

    private mutating func endsGroup(_ close: UInt8, _ what: String) throws(JSONError) -> Bool {
        skipBlanks()
        guard let byte = current, byte == close || byte == UInt8(ascii: ",") else {
            throw expected(what)
        }
        offset += 1
        return byte == close
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        var isInteger = true
        if current == UInt8(ascii: "-") { offset += 1 }
        let firstDigit = offset
        skipDigits()
        guard offset > firstDigit else { throw expected("a value") }
        if bytes[firstDigit] == UInt8(ascii: "0"), offset - firstDigit > 1 {
            throw expected("a number without leading zeros")
        }
        if current == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            let fraction = offset
            skipDigits()
            guard offset > fraction else { throw expected("a digit") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
            let exponent = offset
            skipDigits()
            guard offset > exponent else { throw expected("a digit") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw expected("a finite number") }
        return .number(number)
    }

    private mutating func skipDigits() {
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            offset += 1
        }
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        var scratch: [UInt8] = []
        let start = offset
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let text = String(validating: scratch, as: UTF8.self) else {
                    throw .invalidText(offset: start)
                }
                return text
            case UInt8(ascii: "\\"):
                offset += 1
                try escape(into: &scratch)
            case 0..<0x20:
                throw expected("a control character to be escaped")
            default:
                scratch.append(byte)
                offset += 1
            }
        }
        throw expected("a closing quote")
    }

    private mutating func escape(into scratch: inout [UInt8]) throws(JSONError) {
        guard let byte = current else { throw expected("an escape") }
        offset += 1
        if let plain = Self.simpleEscapes[byte] {
            scratch.append(plain)
            return
        }
        guard byte == UInt8(ascii: "u") else { throw expected("an escape") }
        var code = try hexCode()
        if code >= 0xd800, code < 0xdc00 {
            guard bytes[offset...].starts(with: "\\u".utf8) else {
                throw .invalidText(offset: offset)
            }
            offset += 2
            let low = try hexCode()
            guard low >= 0xdc00, low < 0xe000 else { throw .invalidText(offset: offset) }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw .invalidText(offset: offset) }
        scratch.append(contentsOf: String(Character(scalar)).utf8)
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0a, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0d,
        UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0c, UInt8(ascii: "/"): 0x2f,
        UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "\""): 0x22,
    ]

    private mutating func hexCode() throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count,
            bytes[offset..<offset + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(
                String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
        else { throw expected("four hexadecimal digits") }
        offset += 4
        return code
    }
}
