import Workflows

/// Mistakes that are easily passed over, or said of the wrong place.
extension MistakeTests {
    private static func inputs(_ text: String) -> String {
        file(
            "stages:\n  - name: b\n    type: start\n    inputs: {\(text)}\n"
                + "  - {name: s, jobs: [{name: a, component: busybox}]}\n")
    }

    /// `env` in line 3 or from it on.
    private static func environment(_ text: String, secrets: String = "S") -> String {
        file(
            "secrets: [\(secrets)]\nenv: {\(text)}\n"
                + "stages: [{name: s, jobs: [{name: a, component: busybox}]}]\n")
    }

    static let ofPlaces: [Mistake] = [
        // What is missing is missing below a key.
        marked(.missingKey, inJob("consumes: {→bin: {}}")),
        marked(.missingKey, inJob("consumes: {→bin: {optional: true}}")),
        marked(
            .missingKey,
            file("stages:\n  - name: b\n    type: start\n    →source: {}\n")),
        // Quantities that the machine refuses.
        marked(.invalidQuantity, inJob("resources: {cpu: →9m}")),
        marked(.invalidQuantity, inJob("resources: {cpu: →0.009}")),
        marked(.invalidQuantity, inJob("resources: {memory: →5Mi}")),
        marked(.invalidQuantity, inJob("resources: {memory: →6M}")),
        marked(
            .invalidQuantity,
            file(
                "defaults: {resources: {memory: →4096}}\n"
                    + "stages: [{name: s, jobs: [{name: a, component: b}]}]\n")),
        // Numbers are finite.
        marked(.invalidValue, inputs("N: {type: number, default: →1e999}")),
        marked(.invalidValue, inputs("N: {type: number, default: →-1e999}")),
        marked(.invalidValue, inputs("N: {type: number, default: →.inf}")),
        marked(.invalidValue, inputs("N: {type: number, default: →nan}")),
        marked(.invalidValue, inputs("N: {type: json, default: →'[1e999]'}")),
        // Secrets.
        marked(.secretNotWhole, environment("A: →'${secrets.S:-x}'")),
        marked(.secretNotWhole, environment("A: →'${secrets.S:-}'")),
        marked(.secretNotWhole, environment("A: '${secrets.S}', B: →'x${env.A}'")),
        marked(
            .secretNotWhole,
            environment("C: →'${env.B}${env.B}', B: '${env.A}', A: '${secrets.S}'")),
        marked(
            .secretNotWhole,
            file(
                "secrets: [S]\nenv: {A: '${env.B}', B: '${secrets.S}'}\nstages:\n"
                    + "  - {name: s, jobs: [{name: a, component: b, "
                    + "inputs: {X: →'Bearer ${env.A}'}}]}\n")),
        marked(
            .badReference,
            file(
                "secrets: [S]\nenv: {A: '${secrets.S}'}\nstages:\n"
                    + "  - {name: s, jobs: [{name: a, component: b, "
                    + "matrix: {X: [→'${env.A}']}}]}\n")),
        // References of env through env.
        marked(.referenceCycle, environment("A: →'${env.B}', B: '${env.C}', C: '${env.A}'")),
        marked(.referenceCycle, environment("A: '${env.B}', B: →'${env.C}', C: '${env.A}'")),
        marked(.limit, environment(chain(33))),
        // Tags.
        marked(.notSupported, environment("A: →!!str 1")),
        marked(.notSupported, environment("A: →!mine x")),
        marked(.notSupported, environment("A: →! x")),
        marked(.notSupported, file("stages: →!!seq [{name: s, jobs: []}]\n")),
        marked(.notSupported, file("env: →!<x:y> {A: b}\nstages: []\n")),
        marked(.notSupported, environment("A: →!!binary aGVsbG8=")),
        // Variables.
        marked(.duplicateName, environment("A.B: x, →A_B: y")),
        marked(.duplicateName, environment("A-B: x, →A.B: y")),
        marked(.duplicateName, inJob("inputs: {A_B: x, →A-B: y}")),
        marked(.duplicateName, inJob("matrix: {A_B: [x]}\ninputs: {→A-B: y}")),
        marked(
            .duplicateName,
            file(
                "env: {A.B: x}\nstages:\n"
                    + "  - {name: s, jobs: [{name: a, component: b, inputs: {→A_B: y}}]}\n")),
        marked(.reservedName, inJob("inputs: {→T-DATA: y}")),
        marked(.reservedName, inJob("matrix: {→T.JOB: [y]}")),
    ]

    /// `A1` leads to `A2`, and so on: the first value of so many is to blame.
    private static func chain(_ count: Int) -> String {
        (1..<count).map { "A\($0): \($0 == 1 ? "→" : "")'${env.A\($0 + 1)}'" }
            .joined(separator: ", ") + ", A\(count): end"
    }

    /// Columns count Unicode scalars, however wide or composed they are.
    static let ofNames: [Mistake] = [
        marked(.invalidName, "slipway: 1\nname: →größe\nstages: []\n"),
        marked(.invalidName, file("stages:\n  - name: →日本\n    jobs: []\n")),
        marked(.invalidName, environment("→ключ: x")),
        marked(.invalidName, environment("ö: x, →é: y")),
        marked(.invalidName, inJob("inputs: {A: '👩‍👩‍👧 e\u{301}', →Ä: y}")),
        marked(.unknownKey, inJob("→größe: 1")),
        marked(.badReference, inJob("inputs: {A: '日本語', B: →'${inputs.größe}'}")),
        marked(.invalidName, inJob("outputs: [→NAÏVE]")),
        marked(.invalidName, inJob("produces: {→ß: out}")),
        marked(.unknownReference, inJob("use: →ünknown")),
        marked(.invalidName, workflowWithTemplate("→ä")),
        marked(.undeclaredSecret, environment("A: 'äöü', B: →'${secrets.T}'")),
    ]

    private static func workflowWithTemplate(_ name: String) -> String {
        file(
            "templates: {\(name): {job: {component: b}}}\n"
                + "stages: [{name: s, jobs: [{name: a, component: busybox}]}]\n")
    }
}
