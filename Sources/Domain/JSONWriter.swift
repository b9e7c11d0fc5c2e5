/// Writes canonical JSON: sorted keys, no blanks unless indented, the shortest escapes.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private let indented: Bool
    private var depth = 0

    package init(indented: Bool = false) {
        self.indented = indented
    }

    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .boolean(let flag): append(flag ? "true" : "false")
        case .integer(let number): append(String(number))
        case .number(let number):
            // JSON has no infinities: they become null, as in JavaScript.
            append(number.isFinite ? String(number) : "null")
        case .string(let text): write(text)
        case .array(let elements):
            writeGroup("[", "]", elements) { $0.write($1) }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            writeGroup("{", "}", sorted) { writer, member in
                writer.write(member.key)
                writer.append(writer.indented ? ": " : ":")
                writer.write(member.value)
            }
        }
    }

    /// Writes an object whose members keep the order given.
    package mutating func writeOrdered(_ members: [(String, JSONValue)]) {
        writeGroup("{", "}", members) { writer, member in
            writer.write(member.0)
            writer.append(writer.indented ? ": " : ":")
            writer.write(member.1)
        }
    }

    package mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0a: append("\\n")
            case 0x0d: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                bytes.append(Self.hex[Int(byte >> 4)])
                bytes.append(Self.hex[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func writeGroup<Element>(
        _ open: String, _ close: String, _ elements: [Element],
        _ body: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        depth += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { append(",") }
            newLine()
            body(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { newLine() }
        append(close)
    }

    private mutating func newLine() {
        guard indented else { return }
        bytes.append(0x0a)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static let hex = Array("0123456789abcdef".utf8)
}
