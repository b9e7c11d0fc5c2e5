import Domain
import Storage

/// What `slipway run` is given beside the file.
enum RunArguments {
    /// `NAME=VALUE` texts over the members of a JSON file.
    static func inputs(_ words: [String], file: String?) throws -> [String: String] {
        var inputs: [String: String] = [:]
        if let file { inputs = try read(file) }
        for word in words {
            let (name, value) = try split(word, what: "-i", expected: "NAME=VALUE")
            inputs[name] = value
        }
        return inputs
    }

    private static func read(_ file: String) throws -> [String: String] {
        func problem(_ why: String) -> CommandFailure {
            CommandFailure(message: "--inputs-file '\(file)': \(why)", status: ExitStatus.usage)
        }
        let json: JSONValue
        do {
            json = try JSONParser.parse(try Files.readFile(file, limit: 1 << 20))
        } catch {
            throw problem("\(error)")
        }
        guard let members = json.objectValue else {
            throw problem("it holds no object; expected {\"NAME\": value}")
        }
        var inputs: [String: String] = [:]
        for (name, value) in members {
            switch value {
            case .null: continue
            case .string(let text): inputs[name] = text
            default: inputs[name] = value.canonicalText
            }
        }
        return inputs
    }

    /// `NAME=env:VARIABLE` or `NAME=file:PATH`; one line's end after a file's value is dropped.
    static func secrets(_ words: [String]) throws -> [String: Secret] {
        let expected = "NAME=env:VARIABLE or NAME=file:PATH"
        var secrets: [String: Secret] = [:]
        for word in words {
            // The message must not repeat what may be a secret that was typed by mistake.
            let (name, source) = try split(word, what: "--secret", expected: expected)
            if source.hasPrefix("env:") {
                let variable = String(source.dropFirst(4))
                guard let value = Console.environment(variable) else {
                    throw CommandFailure(
                        message: "--secret \(name): there is no variable '\(variable)'",
                        status: ExitStatus.usage)
                }
                secrets[name] = Secret(value)
            } else if source.hasPrefix("file:") {
                secrets[name] = try secret(
                    inFile: String(source.dropFirst(5)), "--secret \(name)")
            } else {
                throw CommandFailure(
                    message: "--secret \(name): expected \(expected); the value itself would be "
                        + "seen by everyone on this machine", status: ExitStatus.usage)
            }
        }
        return secrets
    }

    /// The value in a file, without one line's end. `what`: for messages.
    static func secret(inFile path: String, _ what: String) throws -> Secret {
        do {
            var bytes = try Files.readFile(path, limit: 96 << 10)
            if bytes.last == 0x0a { bytes.removeLast() }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandFailure(
                    message: "\(what): '\(path)' is not UTF-8", status: ExitStatus.usage)
            }
            return Secret(text)
        } catch let error as StorageError {
            throw CommandFailure(
                message: "\(what): \(error.description)", status: ExitStatus.usage)
        }
    }

    private static func split(
        _ word: String, what: String, expected: String
    ) throws -> (name: String, value: String) {
        guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
            throw CommandFailure(
                message: "\(what): '=' is missing; expected \(expected)",
                status: ExitStatus.usage)
        }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
}
