import Domain
import TestSupport
import Testing

struct JSONTests {
    @Test(
        "a value keeps its canonical text",
        arguments: [
            (#"{"b":1,"a":[true,null]}"#, #"{"a":[true,null],"b":1}"#),
            (#" "\u00e9\ud83d\ude00" "#, "\"é😀\""),
            ("-0.5", "-0.5"), ("9223372036854775807", "9223372036854775807"),
        ])
    func canonical(text: String, expected: String) throws {
        #expect(try JSONParser.parse(text.utf8).canonicalText == expected)
    }

    @Test(
        "what strict JSON forbids is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "\"\\x\"", "\"\u{01}\"", "nul",
            "[1] 2", "\"\\ud800\"", "1e999", "\"open",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(text.utf8) }
    }

    @Test("nesting is bounded")
    func depth() {
        let text = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: JSONError.tooDeep(limit: 128)) { try JSONParser.parse(text.utf8) }
    }

    @Test("damaged texts are refused or read, never trapped on", arguments: 0..<20)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = Array(#"{"a":[1,-2.5e3,"x\n\u00e9",{"b":null}],"c":{"d":false}}"#.utf8)
        for _ in 0..<200 {
            let bytes = random.mutated(text)
            do {
                let value = try JSONParser.parse(bytes)
                #expect(try JSONParser.parse(value.canonicalBytes) == value)
            } catch {
                // Refused, the other right answer: the typed throw leaves no other error.
            }
        }
    }
}
