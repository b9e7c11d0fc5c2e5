import ArgumentParser
import Domain

/// One word that a shell may put on the command line, and what is said beside it where the shell
/// shows that.
struct Candidate: Hashable {
    let word: String
    let note: String

    init(_ word: String, _ note: String = "") {
        self.word = word
        self.note = note
    }

    /// More than anybody reads; the shell asks again with every letter.
    static let limit = 500

    /// The answer for a shell: zsh reads `word:note`, fish a tab between the two, bash words alone.
    ///
    /// bash expands what it is given, commands too (`compgen -W`), and zsh and fish show it on the
    /// terminal; so words of any other than harmless characters are left out.
    static func answer(
        _ candidates: [Candidate], prefix: String, shell: CompletionShell?
    ) -> [String] {
        let harmless = candidates.filter { isHarmless($0.word) }
        // A prefix that fits none may be a part of a word, as shells cut them; they choose then.
        let fitting = harmless.filter { $0.word.hasPrefix(prefix) }
        return (fitting.isEmpty ? harmless : fitting).prefix(limit).map { candidate in
            let note = shown(candidate.note)
            if shell == .zsh {
                let word = candidate.word.replacing(":", with: "\\:")
                return note.isEmpty ? word : "\(word):\(note)"
            }
            if shell == .fish, !note.isEmpty { return "\(candidate.word)\t\(note)" }
            return candidate.word
        }
    }

    private static func isHarmless(_ word: String) -> Bool {
        !word.isEmpty && word.utf8.count <= 256 && word.utf8.allSatisfy(isPlain)
    }

    /// What neither a shell nor a completion reads as anything but itself.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-/:@=,[]+%".utf8.contains(byte)
        }
    }

    private static func shown(_ note: String) -> String {
        let line = Shown.line(note, width: 60)
        return String(
            decoding: line.utf8.filter { $0 >= 0x80 || $0 == 0x20 || isPlain($0) }, as: UTF8.self)
    }
}
