import CLinux
import Domain
import Glibc
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
        let input = try memoryFile(key)
        let (reading, writing) = try Spawning.pipe()
        let pid: pid_t
        do {
            defer { close(writing) }
            pid = try Spawning.start(
                path, ["get"], environment: environment.map { "\($0.key)=\($0.value)" },
                over: [],
                descriptors: [
                    slipway_descriptor(source: input.descriptor, target: 0),
                    slipway_descriptor(source: writing, target: 1),
                ])
        }
        let output: [UInt8]
        do { output = try read(reading, program) } catch {
            // Its session is its own, so its children go with it.
            kill(-pid, SIGKILL)
            _ = slipway_wait(pid)
            throw error
        }
        let code = slipway_wait(pid)
        return try answer(output, code, program)
    }

    private func find(_ program: String) -> String? {
        (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .filter { $0.hasPrefix("/") }
            .map { "\($0)/\(program)" }.first(where: Files.isExecutable)
    }

    private func memoryFile(_ text: String) throws -> OpenFile {
        let descriptor = slipway_memory_file()
        guard descriptor >= 0 else { throw Files.failure("make", "a nameless file") }
        let file = OpenFile(descriptor: descriptor, path: "nameless")
        try file.write(text.utf8)
        try file.seek(to: 0)
        return file
    }

    private func read(_ file: OpenFile, _ program: String) throws -> [UInt8] {
        let clock = ContinuousClock()
        let deadline = clock.now + timeLimit
        var output: [UInt8] = []
        while true {
            let rest = clock.now.duration(to: deadline).milliseconds
            var waiting = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&waiting, 1, Int32(max(0, rest)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                throw RegistryError.helper(
                    program, why: "it gave no answer within \(timeLimit.text)")
            }
            let piece = try file.read(4096)
            if piece.isEmpty { return output }
            output += piece
            guard output.count <= Self.outputLimit else {
                throw RegistryError.helper(program, why: "it answers with more than 64 KiB")
            }
        }
    }

    private func answer(
        _ output: [UInt8], _ code: Int32, _ program: String
    ) throws -> RegistryCredentials? {
        if code != 0 {
            let text = String(decoding: output.prefix(300), as: UTF8.self)
            if text.lowercased().contains("not found") { return nil }
            throw RegistryError.helper(
                program, why: "it ended with \(code): \(text.split(separator: "\n").first ?? "")")
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
