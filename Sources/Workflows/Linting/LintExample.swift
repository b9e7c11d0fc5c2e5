/// A fragment that a rule objects to, and the same as it should be. The files that are made of
/// them are linted by a test.
package struct LintExample: Sendable {
    /// What a fragment is a part of.
    package enum Place: Sendable {
        /// A whole file.
        case whole
        /// What follows `slipway` and `name`.
        case file
        /// Elements of `stages`.
        case stages
        /// Elements of `jobs`.
        case jobs
        /// Keys of a job.
        case job
    }

    package let place: Place
    package let wrong: String
    package let right: String

    init(_ place: Place, wrong: String, right: String) {
        self.place = place
        self.wrong = wrong
        self.right = right
    }

    /// The file around one of its fragments. It declares the secret TOKEN and the input T_BRANCH.
    package func file(around fragment: String) -> String {
        let head = "slipway: 1\nname: release\n"
        let begin =
            head + "secrets: [TOKEN]\nstages:\n"
            + "  - {name: begin, type: start, inputs: {T_BRANCH: {default: main}}}\n"
        let build = begin + "  - name: build\n    jobs:\n"
        return switch place {
        case .whole: fragment + "\n"
        case .file: head + fragment + "\n"
        case .stages: begin + Self.indented(fragment, by: 2)
        case .jobs: build + Self.indented(fragment, by: 6)
        case .job:
            build + "      - name: it\n        component: busybox\n"
                + Self.indented(fragment, by: 8)
        }
    }

    private static func indented(_ text: String, by count: Int) -> String {
        let margin = String(repeating: " ", count: count)
        return text.split(separator: "\n").map { margin + $0 + "\n" }.joined()
    }
}

extension LintRule {
    /// A wrong and a right way; every rule has one.
    package var example: LintExample? { Self.examples[self] }

    /// What `workflow: called.yaml` in the examples leads to.
    package static let calledExample = """
        slipway: 1
        name: called
        stages:
          - {name: begin, type: start, inputs: {T_COUNT: {type: integer}}}
          - {name: one, jobs: [{name: it, component: busybox}]}

        """

    /// What `component: library/report` in the examples says of itself.
    package static let componentExample =
        #"{"inputs": [{"name": "T_TITLE", "required": true}]}"#

    private static let examples = examplesOfForm.merging(examplesOfMeaning) { $1 }
}
