/// What a component answered, from its log and its result file (DESIGN §3, "Out").
///
/// Standard output wins over standard error, the file over both. For the verdict a false in
/// either stream wins, and again the file over both. Only declared outputs travel on; a warning
/// names the others. Whether an output contains a secret is for the caller to ask.
struct ComponentOutcome: Hashable, Sendable {
    /// Of the declared outputs, those that were given.
    let outputs: [String: String]
    /// False when the component said that it failed.
    let verdict: Bool
    /// At most 42; they quote what the job wrote.
    let warnings: [String]
    /// Why the job has failed whatever its verdict says; nil when all is well.
    let problem: String?

    /// `file` is the file's content, empty when there is none; `isStrict` accepts it alone.
    static func merge(
        declared: [String], parser: ResultParser, file: [UInt8], isStrict: Bool
    ) -> ComponentOutcome {
        var parser = parser
        parser.finish()
        var fromFile: ResultFile?
        var problem = isStrict ? nil : parser.problem
        do {
            fromFile = try ResultFile(
                parsing: file, mask: parser.mask, declared: Set(declared))
        } catch {
            problem = problem ?? "result file: \(error)"
        }
        let given = values(isStrict ? nil : parser, fromFile)
        var outputs: [String: String] = [:]
        for name in declared {
            guard let bytes = given[name] else { continue }
            if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) {
                outputs[name] = text
            } else {
                problem = problem ?? "output \(name) is not UTF-8 text without zero bytes"
            }
        }
        problem = problem ?? excess(given)
        return ComponentOutcome(
            outputs: outputs, verdict: verdict(isStrict ? nil : parser, fromFile),
            warnings: warnings(
                declared, given, parser, fromFile?.unspeakable ?? [], isStrict),
            problem: problem)
    }

    private static func values(
        _ parser: ResultParser?, _ file: ResultFile?
    ) -> [String: [UInt8]] {
        var given = parser?.error.values ?? [:]
        given.merge(parser?.output.values ?? [:]) { $1 }
        given.merge((file?.values ?? [:]).mapValues { Array($0.utf8) }) { $1 }
        return given
    }

    private static func verdict(_ parser: ResultParser?, _ file: ResultFile?) -> Bool {
        file?.verdict ?? (parser?.output.verdict != false && parser?.error.verdict != false)
    }

    /// Log and file each keep to the limits, but together they may not.
    private static func excess(_ given: [String: [UInt8]]) -> String? {
        let count = given.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
        if given.count > ResultLimits.names {
            return "log and result file have more than \(ResultLimits.names) results"
        }
        if count > ResultLimits.totalBytes {
            return "log and result file have results larger than "
                + "\(ResultLimits.totalBytes) bytes"
        }
        return nil
    }

    private static func warnings(
        _ declared: [String], _ given: [String: [UInt8]], _ parser: ResultParser,
        _ unspeakable: Set<String>, _ isStrict: Bool
    ) -> [String] {
        let unspeakable = parser.unspeakable.union(unspeakable)
        let undeclared = Set(given.keys).subtracting(declared).sorted()
        var list = WarningList()
        for name in undeclared {
            let shown = unspeakable.contains(name) ? "a name with a secret in it" : name
            list.add("\(shown) is not declared as an output, so it is dropped")
        }
        if !isStrict { return parser.warnings + list.all }
        let hasResults =
            !parser.output.values.isEmpty || !parser.error.values.isEmpty
            || parser.output.verdict != nil || parser.error.verdict != nil
        if hasResults { list.add("results in the log are ignored, since results are strict") }
        return list.all
    }
}
