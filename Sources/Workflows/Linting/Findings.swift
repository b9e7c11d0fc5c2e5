import Domain

/// What was found in one file. Bounded, as is the work for it: a file of 1 MiB may hold a mistake
/// in every line, and nobody reads them all.
struct Findings: Sendable {
    /// More are counted, not kept: so many errors, and so many warnings where there is room.
    static let limit = 1000
    /// Names are suggested for the first findings alone, each among so many candidates.
    static let suggestionLimit = 100
    static let candidateLimit = 2000

    private var errors: [Diagnostic] = []
    private var warnings: [Diagnostic] = []
    private var errorsLeftOut = 0
    private var warningsLeftOut = 0
    /// How often names were searched for one that was meant.
    private(set) var suggestions = 0

    var hasErrors: Bool { !errors.isEmpty }

    mutating func add(_ diagnostic: Diagnostic) {
        switch diagnostic.severity {
        case .error where errors.count < Self.limit: errors.append(diagnostic)
        case .error: errorsLeftOut += 1
        case .warning where warnings.count < Self.limit: warnings.append(diagnostic)
        case .warning: warningsLeftOut += 1
        }
    }

    mutating func add(_ other: Findings) {
        for diagnostic in other.errors + other.warnings { add(diagnostic) }
        errorsLeftOut += other.errorsLeftOut
        warningsLeftOut += other.warningsLeftOut
        suggestions += other.suggestions
    }

    /// The nearest of the names, as a hint; nil when none is near, or enough were suggested.
    mutating func hint<Names: Sequence<String>>(
        for text: String, among names: @autoclosure () -> Names
    ) -> String? {
        guard suggestions < Self.suggestionLimit else { return nil }
        suggestions += 1
        return Suggestion.hint(for: text, among: names().prefix(Self.candidateLimit))
    }

    /// In the order of the text, at most `limit`; then one that says how many more there are.
    var sorted: [Diagnostic] {
        let shown = errors + warnings.prefix(Self.limit - errors.count)
        var list = shown.sorted { $0.position < $1.position }
        let left =
            errorsLeftOut + warningsLeftOut + errors.count + warnings.count - shown.count
        if left > 0, let last = list.last {
            list.append(
                Diagnostic(
                    errorsLeftOut > 0 ? .error : .warning, rule: LintRule.limit.rawValue,
                    at: last.position, "\(left) more findings of this file are not shown",
                    hint: "mend these first"))
        }
        return list
    }
}
