import Domain
import TestSupport
import Testing

@testable import Secrets

struct MaskingFuzzTests {
    /// A small alphabet makes overlaps, repetitions and false beginnings frequent.
    private static func text(
        _ length: ClosedRange<Int>, of alphabet: String, _ random: inout SeededGenerator
    ) -> String {
        let letters = Array(alphabet.unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: length, using: &random) {
            text.append(letters[Int.random(in: letters.indices, using: &random)])
        }
        return String(text)
    }

    @Test("cut anywhere, a text is masked as the simplest masker does it", arguments: 0..<40)
    func agrees(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = ["ab", "abcé", "a\"/\n &", "xyzwvu0123"][Int(seed % 4)]
        var secrets: [String: Secret] = [:]
        var forms: Set<[UInt8]> = []
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let value = "k" + Self.text(3...14, of: alphabet, &random) + "k"
            secrets["S\(number)"] = Secret(value)
            forms.formUnion(SecretForms.all(of: value))
        }
        let masker = try SecretMasker(secrets)
        let pool = forms.sorted { $0.lexicographicallyPrecedes($1) }
        for _ in 0..<20 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                text += Array(Self.text(0...6, of: alphabet + "k", &random).utf8)
                let form = pool[Int.random(in: pool.indices, using: &random)]
                // Whole, cut short, or damaged.
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text += form.prefix(Int.random(in: 0...form.count, using: &random))
                case 1: text += random.mutated(form)
                default: text += form
                }
            }
            let expected = NaiveMasker.mask(text, forms.filter { $0.count >= 4 })
            #expect(masker.mask(text) == expected)
            var stream = masker.stream()
            var shown: [UInt8] = []
            var rest = text[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 0...9, using: &random))
                rest = rest.dropFirst(piece.count)
                shown += stream.push(Array(piece))
            }
            #expect(shown + stream.finish() == expected)
        }
    }

    @Test("no form comes through, wherever it stands and wherever pieces end", arguments: 0..<40)
    func leaks(seed: UInt64) throws {
        var random = SeededGenerator(seed: 1000 + seed)
        let value = Self.text(4...40, of: "abcdefghijklmnop0123456789+/=&<é \"\\", &random)
        guard SecretForms.isLongEnough(SecretForms.trimmed(Array(value.utf8)[...])) else { return }
        let masker = try SecretMasker(["S": Secret(value)])
        for form in SecretForms.all(of: value) where form.count >= 4 {
            var stream = masker.stream()
            var shown: [UInt8] = []
            let before = Self.text(0...20, of: "QRSTUVWXYZ.,:;!?", &random)
            let text = Array(before.utf8) + form + Array("QQQQ".utf8)
            let cut = Int.random(in: text.indices, using: &random)
            shown += stream.push(Array(text[..<cut]))
            shown += stream.push(Array(text[cut...]))
            shown += stream.finish()
            #expect(!shown.contains(form))
        }
    }

    @Test("a secret that repeats itself costs no more than any other")
    func isLinear() throws {
        let masker = try SecretMasker(["S": Secret(String(repeating: "a", count: 20_000) + "b")])
        var stream = masker.stream()
        var shown = 0
        for _ in 0..<20 { shown += stream.push([UInt8](repeating: 0x61, count: 10_000)).count }
        #expect(shown == 180_000)
        #expect(stream.push([0x62]) == Array("***".utf8))
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: part) }
    }
}
