import Storage
import TestSupport
import Testing

/// The `slipway …` lines in the fenced blocks of the documents.
struct ShownCommand: Sendable, CustomTestStringConvertible {
    let place: String
    /// Behind `slipway`.
    let words: [String]

    var testDescription: String { "\(place): slipway \(words.joined(separator: " "))" }

    static func all() throws -> [ShownCommand] {
        let guides = "\(Checkout.root)/docs/guides"
        let files = try Files.list(guides).filter { $0.hasSuffix(".md") }.sorted()
        return try (files.map { "docs/guides/\($0)" } + ["README.md"]).flatMap(commands)
    }

    private static func commands(in path: String) throws -> [ShownCommand] {
        let bytes = try Files.readFile("\(Checkout.root)/\(path)", limit: 1 << 20)
        var found: [ShownCommand] = []
        var language: Substring?
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                language = language == nil ? line.dropFirst(3) : nil
                continue
            }
            guard let language, ["", "sh", "console"].contains(language) else { continue }
            let text = line.hasPrefix("$ ") ? line.dropFirst(2) : line
            guard text.hasPrefix("slipway ") else { continue }
            found.append(
                ShownCommand(
                    place: "\(path):\(index + 1)",
                    words: Array(words(of: text).dropFirst())))
        }
        return found
    }

    /// As a shell would split them, up to a comment, a pipe or a redirection.
    private static func words(of line: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var isWord = false
        var quote: Character?
        for character in line {
            switch (character, quote) {
            case (let mark, let open?) where mark == open: quote = nil
            case (_, _?): word.append(character)
            case ("'", nil), ("\"", nil):
                quote = character
                isWord = true
            case (" ", nil):
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            case ("#", nil) where !isWord: return words
            case ("|", nil), (">", nil), ("<", nil), ("&", nil), (";", nil):
                if isWord { words.append(word) }
                return words
            default:
                word.append(character)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        return words
    }
}
