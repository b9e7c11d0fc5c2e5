import ArgumentParser
import Testing

@testable import SlipwayCommands

/// What is read of a command line that is not finished, and what is offered for it.
struct CompletionLineTests {
    @Test(
        "words behind the verb are told from options and their values",
        arguments: [
            (["slipway", "logs", "12", ""], 3, 1, ["12"], [:]),
            (["slipway", "logs", "-f", "12", "te"], 4, 1, ["12"], [:]),
            (["slipway", "explain", "--run", "7", "te"], 4, 1, [], ["--run": "7"]),
            (["slipway", "explain", "--run=7", "te"], 3, 1, [], ["--run": "7"]),
            (["slipway", "explain", "--run", "=", "7", "te"], 5, 1, [], ["--run": "7"]),
            (
                ["slipway", "run", "-i", "T_A", "=", "x", "f.yaml", "-i", ""], 8, 1, ["f.yaml"],
                ["-i": ""]
            ),
            (["slipway", "artifact", "get", "3", "s.j", ""], 5, 2, ["3", "s.j"], [:]),
            (["slipway", "exec", "-t", "never", "3", "s."], 5, 1, ["3"], ["-t": "never"]),
            (["slipway", "logs", "-t", "3", ""], 4, 1, ["3"], [:]),
            (["slipway", "run", "'a b'.yaml", ""], 3, 1, ["a b.yaml"], [:]),
            (["slipway", "run", "--", "-f", ""], 4, 1, ["-f"], [:]),
            (["slipway"], 9, 1, [], [:]),
            ([], 0, 2, [], [:]),
        ] as [([String], Int, Int, [String], [String: String])])
    func lines(
        words: [String], index: Int, verbs: Int, positionals: [String], options: [String: String]
    ) {
        let line = CompletionLine(words, index: index, verbs: verbs)
        #expect(line.positionals == positionals)
        #expect(line.options == options)
    }

    @Test("quotes and backslashes of a shell are taken away")
    func unquoted() {
        #expect(CompletionLine.unquoted("a\\ b") == "a b")
        #expect(CompletionLine.unquoted("\"a 'b'\"c") == "a 'b'c")
        #expect(CompletionLine.unquoted("'a\\b'") == "a\\b")
        #expect(CompletionLine.unquoted("'open") == "open")
        #expect(CompletionLine.unquoted("\\") == "")
    }

    @Test("each shell gets what it reads: zsh and fish notes, bash words alone")
    func shells() {
        let found = [Candidate("12", "release, failed"), Candidate("busybox:1", "image")]
        #expect(
            Candidate.answer(found, prefix: "", shell: .bash) == ["12", "busybox:1"])
        #expect(
            Candidate.answer(found, prefix: "", shell: .zsh)
                == ["12:release, failed", "busybox\\:1:image"])
        #expect(
            Candidate.answer(found, prefix: "", shell: .fish)
                == ["12\trelease, failed", "busybox:1\timage"])
        #expect(Candidate.answer(found, prefix: "1", shell: nil) == ["12"])
        #expect(Candidate.answer(found, prefix: "x", shell: nil).count == 2)
    }

    @Test(
        "a word that a shell would read as more than a word is never offered",
        arguments: [
            "$(id)", "`id`", "a b", "a;b", "a|b", "a&b", "a\nb", "~root", "{a,b}", "a'b", "a\"b",
            "a\\b", "*", "?", "!!", "#", "a\u{1b}[2Jb", "<f", ">f", "", "ü",
            String(repeating: "a", count: 257),
        ])
    func hostile(word: String) {
        #expect(Candidate.answer([Candidate(word)], prefix: "", shell: .bash).isEmpty)
    }

    @Test("a note holds no character that ends it or commands a terminal")
    func notes() {
        let found = [Candidate("a", "x\u{1b}[31m\ty\n$(id)`\\z")]
        #expect(Candidate.answer(found, prefix: "", shell: .fish) == ["a\tx y idz"])
    }

    @Test("a list is bounded")
    func bounded() {
        let many = (0..<20_000).map { Candidate("j\($0)") }
        #expect(Candidate.answer(many, prefix: "j", shell: .bash).count == Candidate.limit)
        #expect(Candidate.answer(many, prefix: "j19999", shell: .bash) == ["j19999"])
    }
}
