import Domain
import TestSupport
import Testing

@testable import Workflows

/// Random texts through the formatter: what they mean stays, and once more changes nothing.
struct FormatterFuzzTests {
    /// What the project's reader makes of a text: its values, and what is wrong with it.
    private static func reading(_ bytes: [UInt8]) -> (value: JSONValue?, rules: [String]) {
        let (node, findings) = YAMLReader.read(bytes)
        return (node?.json, findings.sorted.map(\.rule))
    }

    @Test("random layouts: the meaning stays, comments stay, once more changes nothing")
    func layouts() throws {
        var formatted = 0
        for seed in UInt64(0)..<1200 {
            let bytes = Array(RandomYAML.text(seed: seed).utf8)
            do {
                let result = try YAMLFormatter.format(bytes).bytes
                let (before, after) = (Self.reading(bytes), Self.reading(result))
                #expect(before.value == after.value, "seed \(seed)")
                #expect(before.rules == after.rules, "seed \(seed)")
                #expect(try YAMLFormatter.format(result).bytes == result, "seed \(seed)")
                #expect(Self.comments(bytes) == Self.comments(result), "seed \(seed)")
                formatted += 1
            } catch FormatFailure.invalid {
                continue
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(formatted > 600)
    }

    /// How often each comment of the generator stands in a text.
    private static func comments(_ bytes: [UInt8]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let mark = line.lastIndex(of: "#") else { continue }
            let text = String(line[mark...].filter { !$0.isWhitespace })
            counts[text, default: 0] += 1
        }
        return counts
    }

    @Test("damaged texts: they are refused, or formatted once and for all")
    func damaged() throws {
        var random = SeededGenerator(seed: 7)
        for seed in UInt64(0)..<800 {
            let bytes = random.mutated(Array(RandomYAML.text(seed: seed).utf8))
            do {
                let result = try YAMLFormatter.format(bytes).bytes
                #expect(Self.reading(bytes).value == Self.reading(result).value, "seed \(seed)")
                #expect(try YAMLFormatter.format(result).bytes == result, "seed \(seed)")
            } catch FormatFailure.invalid, FormatFailure.unsupported {
                continue
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test("a large file is formatted in time that grows with it alone")
    func large() throws {
        var text = "a:\n"
        while text.utf8.count < 1 << 20 - 64 { text += "    -   {b:  1}   # c\n" }
        // Three values each: within the reader's bound of 200,000.
        let bytes = Array(text.utf8)
        let result = try YAMLFormatter.format(bytes)
        #expect(result.origins.count == text.utf8.count { $0 == 0x0a })
    }
}
