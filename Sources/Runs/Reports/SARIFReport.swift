import Domain

/// SARIF 2.1.0 (OASIS): results by level.
enum SARIFReport {
    private static let levels: Set<String> = ["error", "warning", "note", "none"]

    /// Nil for JSON that is something else.
    static func read(_ bytes: [UInt8]) throws(ReportProblem) -> [String: Int]? {
        let document: JSONValue
        do {
            document = try JSONParser.parse(bytes)
        } catch {
            throw ReportProblem(text: "\(error)")
        }
        guard document["version"]?.stringValue == "2.1.0",
            let runs = document["runs"]?.arrayValue
        else { return nil }
        var counts: [String: Int] = [:]
        for run in runs {
            let rules = run["tool"]?["driver"]?["rules"]?.arrayValue ?? []
            var byName: [String: JSONValue] = [:]
            for rule in rules {
                if let id = rule["id"]?.stringValue { byName[id] = rule }
            }
            for result in run["results"]?.arrayValue ?? [] {
                counts[try level(of: result, rules, byName), default: 0] += 1
            }
        }
        return counts
    }

    /// Its own, or that of its rule, or `warning`; `none` for what is no failure (§3.27.10).
    private static func level(
        of result: JSONValue, _ rules: [JSONValue], _ byName: [String: JSONValue]
    ) throws(ReportProblem) -> String {
        if let own = result["level"]?.stringValue {
            guard levels.contains(own) else {
                throw ReportProblem(
                    text:
                        "level \(Quotation(own, limit: 40)); expected error, warning, note or none")
            }
            return own
        }
        if let kind = result["kind"]?.stringValue, kind != "fail" { return "none" }
        var rule = result["ruleId"]?.stringValue.flatMap { byName[$0] }
        if let index = result["ruleIndex"]?.integerValue, rules.indices.contains(Int(index)) {
            rule = rules[Int(index)]
        }
        let configured = rule?["defaultConfiguration"]?["level"]?.stringValue ?? "warning"
        return levels.contains(configured) ? configured : "warning"
    }
}
