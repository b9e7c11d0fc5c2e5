import Domain

/// Reads the text of a component's manifest, and goes on after each problem.
struct ComponentManifestReader {
    /// What makes it unreadable.
    private(set) var problems: [String] = []
    /// What is not known, perhaps because it is newer than this reader.
    private(set) var notes: [String] = []
    private static let problemLimit = 50
    private static let countLimit = 1000

    private static let keys: Set<String> = [
        "description", "inputs", "outputs", "resources", "sandbox", "network",
    ]
    private static let inputKeys: Set<String> = [
        "name", "type", "required", "default", "description", "enum", "secret",
    ]
    private static let types = ["string", "integer", "number", "boolean", "json"]

    private mutating func report(_ path: String, _ why: String) {
        if problems.count < Self.problemLimit { problems.append("\(path): \(why)") }
    }

    private mutating func note(_ path: String, _ why: String) {
        if notes.count < Self.problemLimit { notes.append("\(path): \(why)") }
    }

    mutating func read(_ text: String) -> JSONValue {
        guard text.utf8.count <= ComponentManifest.sizeLimit else {
            problems.append("it is longer than 64 KiB")
            return [:]
        }
        let json: JSONValue
        do { json = try JSONParser.parse(text.utf8) } catch {
            problems.append(error.description)
            return [:]
        }
        guard let members = json.objectValue else {
            problems.append("byte 0: it is not an object")
            return [:]
        }
        for key in members.keys.sorted() where !Self.keys.contains(key) {
            let hint = Suggestion.hint(for: key, among: Self.keys)
            note("/\(Self.escaped(key))", "the key is not known" + (hint.map { "; \($0)" } ?? ""))
        }
        checkText(members["description"], "/description")
        return json
    }

    private mutating func checkText(_ value: JSONValue?, _ path: String) {
        if let value, value != .null, value.stringValue == nil { report(path, "expected a text") }
    }

    private mutating func flag(_ value: JSONValue?, _ path: String) -> Bool {
        guard let value, value != .null else { return false }
        if value.booleanValue == nil { report(path, "expected true or false") }
        return value.booleanValue ?? false
    }

    private mutating func list(_ json: JSONValue, _ name: String) -> [(JSONValue, String)] {
        guard let value = json[name], value != .null else { return [] }
        guard let items = value.arrayValue, items.count <= Self.countLimit else {
            report("/\(name)", "expected a list of at most 1,000")
            return []
        }
        var names: Set<String> = []
        var found: [(JSONValue, String)] = []
        for (index, item) in items.enumerated() {
            let path = "/\(name)/\(index)"
            guard let own = item["name"]?.stringValue, Self.isName(own) else {
                report(
                    item["name"] == nil ? path : "\(path)/name",
                    "expected a name: a letter or '_', then letters, digits, '_', '.', '-'")
                continue
            }
            if !names.insert(own).inserted { report("\(path)/name", "'\(own)' stands twice") }
            checkText(item["description"], "\(path)/description")
            found.append((item, path))
        }
        return found
    }

    mutating func inputs(_ json: JSONValue) -> [ComponentManifest.Input] {
        var inputs: [ComponentManifest.Input] = []
        for (item, path) in list(json, "inputs") {
            for key in (item.objectValue ?? [:]).keys.sorted() where !Self.inputKeys.contains(key) {
                let hint = Suggestion.hint(for: key, among: Self.inputKeys)
                note(
                    "\(path)/\(Self.escaped(key))",
                    "the key is not known" + (hint.map { "; \($0)" } ?? ""))
            }
            let type = item["type"]?.stringValue ?? "string"
            checkText(item["type"], "\(path)/type")
            if !Self.types.contains(type) {
                note("\(path)/type", "expected one of \(Self.types.joined(separator: ", "))")
            }
            if let choices = item["enum"], choices.arrayValue == nil {
                report("\(path)/enum", "expected a list")
            }
            inputs.append(
                ComponentManifest.Input(
                    name: item["name"]?.stringValue ?? "", type: type,
                    isRequired: flag(item["required"], "\(path)/required"),
                    defaultValue: item["default"], description: item["description"]?.stringValue,
                    choices: item["enum"]?.arrayValue ?? [],
                    isSecret: flag(item["secret"], "\(path)/secret")))
        }
        return inputs
    }

    mutating func outputs(_ json: JSONValue) -> [ComponentManifest.Output] {
        list(json, "outputs").map { item, _ in
            ComponentManifest.Output(
                name: item["name"]?.stringValue ?? "",
                description: item["description"]?.stringValue)
        }
    }

    /// `[A-Za-z_][A-Za-z0-9_.-]*` (DESIGN §1).
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 256 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
                || byte == UInt8(ascii: "_")
        }
        return isLetter(first)
            && text.utf8.allSatisfy {
                isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }

    private static func escaped(_ key: String) -> String {
        Quotation.line(key.utf8, limit: 60).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
