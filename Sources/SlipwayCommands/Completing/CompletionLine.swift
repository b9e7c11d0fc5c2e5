/// The command line of a completion, as far as it stands before the word in question.
struct CompletionLine {
    /// Behind the verbs.
    private(set) var positionals: [String] = []
    /// Name as typed, such as `--run` → value; the last one.
    private(set) var options: [String: String] = [:]

    /// Options of any verb that take a value.
    private static let valued: Set<String> = [
        "-c", "-i", "-l", "-n", "-o", "--attempt", "--comment", "--commit", "--draft",
        "--fail", "--filter", "--from", "--input", "--inputs-file", "--limit", "--minimum-coverage",
        "--output", "--parallel", "--platform", "--progress", "--reason", "--reject", "--run",
        "--secret", "--service", "--template", "--tty", "--unused", "--user", "--workflow",
    ]

    /// Verbs whose `-t` takes a value; elsewhere it is a flag.
    private static let verbsWithTerminal: Set<String> = ["exec", "debug"]

    /// `words`: the whole line, the program first; `index`: the word in question, from 0;
    /// `verbs`: how many words the verb has, such as 2 for `artifact get`.
    init(_ words: [String], index: Int, verbs: Int) {
        let end = min(max(index, 0), words.count)
        var rest = words.prefix(end).dropFirst(1 + verbs).map(Self.unquoted)[...]
        var valued = Self.valued
        if words.count > 1, Self.verbsWithTerminal.contains(words[1]) { valued.insert("-t") }
        while let word = rest.popFirst() {
            if word == "--" {
                positionals += rest
                return
            }
            guard word.hasPrefix("-"), word.utf8.count > 1 else {
                positionals.append(word)
                continue
            }
            if let equals = word.firstIndex(of: "=") {
                options[String(word[..<equals])] = String(word[word.index(after: equals)...])
            } else if valued.contains(word) || rest.first == "=" {
                // bash makes three words of NAME=VALUE.
                if rest.first == "=" { rest.removeFirst() }
                options[word] = rest.popFirst() ?? ""
                if rest.first == "=" { rest = rest.dropFirst(2) }
            }
        }
    }

    func positional(_ index: Int) -> String? {
        positionals.indices.contains(index) ? positionals[index] : nil
    }

    /// Shells hand words over as they were typed.
    static func unquoted(_ word: String) -> String {
        var text = ""
        var quote: Character?
        var isEscaped = false
        for character in word {
            if isEscaped {
                text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else {
                text.append(character)
            }
        }
        return text
    }
}
