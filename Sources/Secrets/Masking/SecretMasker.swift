package import Domain

/// Replaces every form of every secret by `***` (DESIGN §5, "Secrets").
///
/// The forms are the value, its base64 also inside a longer base64 text, its URL-encodings, its
/// JSON escapes, and the lines of a value that has several; see `SecretForms`. Matches that
/// overlap become one `***`, so that no end of one shows beside another.
///
/// Time is linear in the text whatever it holds. Memory is about 500 bytes for each byte of the
/// secrets, shared by all streams of one masker.
package struct SecretMasker: Sendable {
    package static let limitBytes = 64 << 10
    package static let totalLimitBytes = 256 << 10
    package static let countLimit = 1000

    private let names: [String]
    private let automaton: Automaton?

    /// Takes name → value; at most 1,000 of at most 64 KiB each and 256 KiB together.
    package init(_ secrets: [String: Secret]) throws(SecretsError) {
        guard secrets.count <= Self.countLimit else { throw .tooMany(limit: Self.countLimit) }
        names = secrets.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var total = 0
        for name in names {
            let value = Array((secrets[name]?.reveal() ?? "").utf8)
            total += value.count
            guard value.count <= Self.limitBytes else {
                throw .tooLong(name: name, limitBytes: Self.limitBytes)
            }
            guard total <= Self.totalLimitBytes else {
                throw .tooMuch(limitBytes: Self.totalLimitBytes)
            }
            guard SecretForms.isLongEnough(SecretForms.trimmed(value[...])) else {
                throw .tooShort(name: name)
            }
        }
        var builder = Automaton.Builder()
        for (owner, name) in names.enumerated() {
            let forms = SecretForms.all(of: secrets[name]?.reveal() ?? "")
            for form in forms { builder.insert(form, owner: owner) }
        }
        automaton = names.isEmpty ? nil : builder.build()
    }

    private init() {
        names = []
        automaton = nil
    }

    /// Masks nothing.
    package static let none = SecretMasker()

    package var isEmpty: Bool { automaton == nil }

    /// Masks a whole text.
    package func mask(_ bytes: [UInt8]) -> [UInt8] {
        guard automaton != nil else { return bytes }
        var stream = stream()
        let start = stream.push(bytes)
        let end = stream.finish()
        return end.isEmpty ? start : start + end
    }

    /// Masks a whole text.
    package func mask(_ text: String) -> String {
        // Forms are whole UTF-8 texts, so what is left of the text is valid as well.
        automaton == nil ? text : String(decoding: mask(Array(text.utf8)), as: UTF8.self)
    }

    /// The name of the secret of which a form ends first in the text; nil when there is none.
    /// A form that several secrets share belongs to the first by name.
    package func secret(in text: String) -> String? {
        guard let automaton else { return nil }
        var state = Automaton.root
        var first: Int?
        automaton.scan(Array(text.utf8), from: 0, state: &state) { _, node in
            if first == nil { first = Int(node.owner) }
        }
        return first.map { names[$0] }
    }

    /// Masks a text that comes in pieces; each stream of bytes needs one of its own.
    package func stream() -> MaskingStream {
        MaskingStream(automaton)
    }
}
