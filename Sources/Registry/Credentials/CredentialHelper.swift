import Domain
import Storage

/// A program that keeps passwords: `docker-credential-NAME get`, the registry on its standard
/// input, an answer in JSON (github.com/docker/docker-credential-helpers).
struct CredentialHelper: Sendable {
    let name: String
    /// Of the user: helpers need HOME, PATH and what their own services ask for.
    let environment: [String: String]
    var timeLimit: Duration = .seconds(30)

    static let outputLimit = 64 << 10

    /// Nil when it has nothing for this registry. Blocks; belongs on an I/O thread.
    func credentials(for key: String) throws -> RegistryCredentials? {
        let program = "docker-credential-\(name)"
        guard let path = find(program) else {
            throw RegistryError.helper(program, why: "it is not on the PATH")
        }
        let result: ToolResult
        let output: [UInt8]
        do {
            (result, output) = try Spawning.capture(
                path, ["get"], environment: environment.map { "\($0.key)=\($0.value)" }, over: [],
                input: Array(key.utf8), limit: Self.outputLimit, time: timeLimit)
        } catch StorageError.timedOut {
            throw RegistryError.helper(
                program, why: "it gave no answer within \(timeLimit.text)")
        } catch StorageError.tooLarge {
            throw RegistryError.helper(program, why: "it answers with more than 64 KiB")
        }
        return try answer(output, result.code, program)
    }

    private func find(_ program: String) -> String? {
        (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .filter { $0.hasPrefix("/") }
            .map { "\($0)/\(program)" }.first(where: Files.isExecutable)
    }

    private func answer(
        _ output: [UInt8], _ code: Int32, _ program: String
    ) throws -> RegistryCredentials? {
        if code != 0 {
            let text = String(decoding: output, as: UTF8.self)
            if text.lowercased().contains("not found") { return nil }
            let line = text.utf8.split(separator: 0x0a).first ?? ""[...].utf8
            throw RegistryError.helper(
                program, why: "it ended with \(code): \(Quotation.line(line))")
        }
        let json: JSONValue
        // What is wrong with it may be a part of the secret.
        do { json = try JSONParser.parse(output) } catch { json = .null }
        guard let user = json["Username"]?.stringValue, let secret = json["Secret"]?.stringValue
        else {
            throw RegistryError.helper(
                program, why: "its answer is not {\"Username\": …, \"Secret\": …}")
        }
        if secret.isEmpty { return nil }
        return user == "<token>"
            ? .identityToken(Secret(secret)) : .password(user: user, Secret(secret))
    }
}
