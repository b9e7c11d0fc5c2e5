import Domain
import Testing
import Workflows

/// What `slipway fmt` makes of YAML texts.
struct FormatterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fact: String
        let before: String
        let after: String

        var testDescription: String { fact }
    }

    private static let layouts: [Case] = [
        Case(
            fact: "an indentation of four becomes two",
            before: "a:\n    b:\n        - c\n        - d: 1\n          e: 2\n",
            after: "a:\n  b:\n    - c\n    - d: 1\n      e: 2\n"),
        Case(
            fact: "a list in the column of its key moves below it",
            before: "a:\n- b\n- c:\n  - d\ne: f\n",
            after: "a:\n  - b\n  - c:\n      - d\ne: f\n"),
        Case(
            fact: "one blank stands behind ':' and '-'",
            before: "-   a:    1\n    b :  2\n    c:\t3\n-    d\n",
            after: "- a: 1\n  b: 2\n  c: 3\n- d\n"),
        Case(
            fact: "flow collections keep their inner blanks, but for those at ':'",
            before: "a: { b:   1,c:  [ 2,3 ] , \"d\":4 }\n",
            after: "a: { b: 1,c: [ 2,3 ] , \"d\": 4 }\n"),
        Case(
            fact: "trailing blanks and runs of empty lines go",
            before: "\n\na: 1  \n\n\n   \nb: 2 # x \t\n\n\n",
            after: "a: 1\n\nb: 2 # x\n"),
        Case(
            fact: "the last line is ended",
            before: "a: 1",
            after: "a: 1\n"),
        Case(
            fact: "a line's end of two characters becomes one",
            before: "a: 1\r\nb:\r\n    - c\r\n",
            after: "a: 1\nb:\n  - c\n"),
        Case(
            fact: "comments stay in their column, and go with what they belong to",
            before:
                "# top\na:\n    # of b\n    b: 1       # same\n    c:    22   # same\n    # end of a\n# of d\nd: 3\n",
            after:
                "# top\na:\n  # of b\n  b: 1       # same\n  c: 22      # same\n  # end of a\n# of d\nd: 3\n"
        ),
    ]

    private static let texts: [Case] = [
        Case(
            fact: "a block text moves with its key",
            before:
                "a:\n    b: |\n            text  \n\n              deeper\n             \n    c: >-\n     folded\n     text\n",
            after: "a:\n  b: |\n    text  \n\n      deeper\n     \n  c: >-\n    folded\n    text\n"),
        Case(
            fact: "a block text with its own indentation keeps it",
            before: "a:\n    b: |1\n       two more\n     text\n",
            after: "a:\n  b: |1\n     two more\n   text\n"),
        Case(
            fact: "empty lines at the end count where they are kept",
            before: "a: |+\n   text\n\n\nb: |\n   text\n\n\nc: 1\n",
            after: "a: |+\n  text\n\n\nb: |\n  text\n\nc: 1\n"),
        Case(
            fact: "a block text at the end of a file that is not ended stays so",
            before: "a: |\n    text",
            after: "a: |\n  text"),
        Case(
            fact: "scalars of several lines move whole",
            before: "a:\n    b: plain\n      words\n    c: \"quoted \\\n        words\"\n",
            after: "a:\n  b: plain\n    words\n  c: \"quoted \\\n      words\"\n"),
        Case(
            fact: "brackets over several lines move whole",
            before: "a:\n    b: [\n        1,   # one\n        # two\n        2\n    ]\n",
            after: "a:\n  b: [\n      1,   # one\n      # two\n      2\n  ]\n"),
        Case(
            fact: "anchors, aliases and quotes stay",
            before: "a: &x   'b'\nc:  *x\n\"d\" : !!str  1\n",
            after: "a: &x 'b'\nc: *x\n\"d\": !!str 1\n"),
        Case(
            fact: "lists in lists",
            before: "-   -   a\n    -   b\n-   - c\n",
            after: "- - a\n  - b\n- - c\n"),
        Case(
            fact: "a document's marks stay",
            before: "---\na:\n   b: 1\n...\n",
            after: "---\na:\n  b: 1\n...\n"),
        Case(
            fact: "comments alone",
            before: "\n  # a\n\n\n# b",
            after: "# a\n\n# b\n"),
        Case(
            fact: "nothing",
            before: "",
            after: ""),
    ]

    @Test("a text is laid out, and once more changes nothing", arguments: layouts + texts)
    func layout(_ example: Case) throws {
        let result = try YAMLFormatter.format(Array(example.before.utf8)).bytes
        #expect(String(decoding: result, as: UTF8.self) == example.after)
        #expect(try YAMLFormatter.format(result).bytes == result)
    }

    @Test("a byte order mark goes")
    func mark() throws {
        let result = try YAMLFormatter.format([0xef, 0xbb, 0xbf] + Array("a:   1\nb: 2\n".utf8))
        #expect(String(decoding: result.bytes, as: UTF8.self) == "a: 1\nb: 2\n")
    }

    @Test(
        "what is not YAML, or a form that is left alone, is refused with its place",
        arguments: [
            ("a: [1\n", nil), ("a: 1\n b: 2\n", nil), ("a: *x\n", nil), ("a: 1\n---\nb: 2\n", nil),
            ("a: \"\u{1}\"\n", nil),
            ("? a\n: b\n", TextPosition(line: 1, column: 1)),
            ("a: 1\rb: 2\n", TextPosition(line: 1, column: 5)),
            ("a: b\u{2028}\n", TextPosition(line: 1, column: 5)),
        ] as [(String, TextPosition?)])
    func refuses(text: String, place: TextPosition?) throws {
        do {
            _ = try YAMLFormatter.format(Array(text.utf8))
            Issue.record("it was formatted")
        } catch let failure as FormatFailure {
            switch failure {
            case .invalid(let findings):
                #expect(!findings.isEmpty)
                #expect(place == nil)
            case .unsupported(let found, _): #expect(found == place)
            case .changesMeaning: Issue.record("it changes what the text means")
            }
        }
    }

    @Test("origins lead from each new line to the old one")
    func origins() throws {
        let result = try YAMLFormatter.format(Array("\n\na: 1\n\n\n\nb: 2\n\n".utf8))
        #expect(result.origins == [2, 3, 6])
    }
}
