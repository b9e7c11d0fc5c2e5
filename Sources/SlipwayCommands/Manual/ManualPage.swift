/// A page for `man`, in the macros of man(7), which groff and mandoc read alike.
///
/// Texts that are handed over are troff already, by `ManualText`, but for titles and examples.
package struct ManualPage: Sendable {
    /// What is told at the foot of every page.
    package struct Edition: Sendable {
        /// Such as `0.1.0`.
        package let version: String
        /// `YYYY-MM-DD`.
        package let date: String

        package init(version: String, date: String) {
            self.version = version
            self.date = date
        }
    }

    /// `slipway-image-pull`.
    package let name: String
    /// Of the manual: 1 holds commands, 5 formats of files.
    package let section: Int
    private var lines: [String]

    /// A page that begins with its name and one sentence, which ends without a full stop there.
    package init(_ name: String, section: Int, about: String, edition: Edition) {
        self.name = name
        self.section = section
        let title = ManualText.escaped(name.uppercased())
        let source = ManualText.escaped("slipway \(edition.version)")
        lines = [
            ".TH \(title) \(section) \(edition.date) \"\(source)\" \"Slipway manual\"",
            ".SH NAME",
        ]
        lines += ManualText.wrapped(
            ManualText.escaped(name) + " \\- " + ManualText.prose(Self.title(about)))
    }

    /// `Run a workflow.` → `run a workflow`: as `whatis` lists such sentences.
    private static func title(_ sentence: String) -> String {
        let text = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
        let isAcronym = text.dropFirst().first?.isUppercase ?? false
        return isAcronym ? text : text.prefix(1).lowercased() + text.dropFirst()
    }

    /// `slipway-image-pull.1`.
    package var fileName: String { "\(name).\(section)" }

    package var text: String { lines.joined(separator: "\n") + "\n" }

    /// In capitals, but for paths.
    package mutating func heading(_ title: String) {
        let shown = title.contains("/") ? title : title.uppercased()
        lines.append(".SH \"\(ManualText.escaped(shown))\"")
    }

    package mutating func paragraph(_ text: String) {
        // Nothing needs to be parted from a heading.
        if let last = lines.last, !last.hasPrefix(".SH ") { lines.append(".PP") }
        lines += ManualText.wrapped(text)
    }

    /// A word, option or key, and indented below it what it means.
    package mutating func item(_ tag: String, _ text: String) {
        lines += [".TP", ManualText.guarded(tag)]
        lines += ManualText.wrapped(text)
    }

    /// Lines as they are, indented.
    package mutating func example(_ text: String) {
        lines += [".PP", ".RS 4", ".nf"]
        lines += text.split(separator: "\n", omittingEmptySubsequences: false).map {
            ManualText.guarded(ManualText.escaped($0))
        }
        lines += [".fi", ".RE"]
    }

    /// Text as `--help` lays it out: lines that begin with blanks are examples, the others flow.
    package mutating func discussion(_ text: String) {
        var block: [Substring] = []
        var isExample = false
        func isIndented(_ line: Substring) -> Bool { line.hasPrefix("  ") }
        func finish(_ page: inout ManualPage) {
            guard !block.isEmpty else { return }
            if isExample {
                let blanks = block.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                page.example(block.map { $0.dropFirst(blanks) }.joined(separator: "\n"))
            } else {
                page.paragraph(ManualText.prose(block.joined(separator: "\n")))
            }
            block = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || isIndented(line) != isExample { finish(&self) }
            guard !line.isEmpty else { continue }
            isExample = isIndented(line)
            block.append(line)
        }
        finish(&self)
    }
}
