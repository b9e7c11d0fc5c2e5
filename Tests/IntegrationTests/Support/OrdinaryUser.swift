import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// An account of this machine that is not root, made for one test, with a home of slipway in its
/// own folder and a copy of the built program.
struct OrdinaryUser: Sendable {
    let name: String
    let id: UInt32
    let folder: String
    var home: String { "\(folder)/home" }

    /// `ranges`: whether it has subordinate users and groups. Afterwards nothing of the user may be
    /// left: no process, no file of the home that it may not remove itself.
    static func with<Value>(
        ranges: Bool = true, images: [String] = ["busybox"],
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (OrdinaryUser) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryFolder { folder in
            try Files.setMode(folder, 0o755)
            let user = try await make(in: folder, ranges: ranges)
            do {
                for image in images { try await user.importImage(image) }
                let value = try await body(user)
                try await user.expectNothingRuns(sourceLocation: sourceLocation)
                try await user.remove()
                return value
            } catch {
                for pid in try user.processes() { kill(pid, SIGKILL) }
                try await user.remove()
                throw error
            }
        }
    }

    private static func make(in folder: String, ranges: Bool) async throws -> OrdinaryUser {
        let suffix = folder.suffix(6).lowercased().filter { $0.isLetter || $0.isNumber }
        let name = "slipway-test-\(suffix)"
        let path = "\(folder)/user"
        try await administer(
            "useradd",
            ["--no-create-home", "--home-dir", path, "--shell", "/bin/sh"]
                + (ranges ? [] : ["--key", "SUB_UID_COUNT=0", "--key", "SUB_GID_COUNT=0"])
                + [name])
        guard let id = try await userID(of: name) else {
            throw StorageError.archive(path: name, why: "it was made and is not there")
        }
        let user = OrdinaryUser(name: name, id: id, folder: path)
        try Files.makeFolders(path)
        try Files.setOwner(path, user: id, group: id)
        // The folder of the build may be closed to others.
        let copied = try await Program.run(
            "/usr/bin/install", ["-m", "755", try BuiltProduct.path("slipway"), user.program])
        guard copied.code == 0 else { throw StorageError.archive(path: path, why: copied.error) }
        return user
    }

    /// Others may change accounts at the same time, which locks their file.
    private static func administer(_ tool: String, _ arguments: [String]) async throws {
        var said = ""
        let done: Bool? = try await eventually {
            let result = try await Program.run("/usr/sbin/\(tool)", arguments)
            said = result.error
            return result.code == 0 ? true : nil
        }
        guard done != nil else { throw StorageError.archive(path: tool, why: said) }
    }

    private static func userID(of name: String) async throws -> UInt32? {
        let told = try await Program.run("/usr/bin/id", ["-u", name])
        return UInt32(told.output.prefix { $0.isNumber })
    }

    private func remove() async throws {
        let isQuiet: Bool? = try await eventually { try processes().isEmpty ? true : nil }
        #expect(isQuiet != nil)
        try await Self.administer("userdel", [name])
    }

    private var program: String { "\(folder)/slipway" }

    var environment: [String: String] {
        ["HOME": folder, "SLIPWAY_HOME": home, "TERM": "dumb", "USER": name]
    }

    /// The command line as this user.
    private func words(_ arguments: [String]) -> [String] {
        [
            "/usr/bin/setpriv", "--reuid", String(id), "--regid", String(id), "--init-groups",
            program,
        ]
            + arguments
    }

    /// Starts the command line as this user and leaves it running.
    func start(_ arguments: [String], environment extra: [String: String] = [:]) throws -> Program {
        let words = words(arguments)
        return try Program(
            words[0], Array(words.dropFirst()), environment: environment.merging(extra) { $1 },
            folder: folder)
    }

    /// The same on a terminal.
    func terminal(
        _ arguments: [String], environment extra: [String: String] = [:]
    ) throws -> Terminal {
        try Terminal(
            running: words(arguments), in: folder,
            environment: environment.merging(["TERM": "xterm"]) { $1 }.merging(extra) { $1 })
    }

    func slipway(
        _ arguments: [String], environment extra: [String: String] = [:]
    ) async throws -> ProgramResult {
        try await start(arguments, environment: extra).wait()
    }

    private func importImage(_ image: String) async throws {
        let copy = "\(folder)/\(image).tar"
        let copied = try await Program.run(
            "/usr/bin/install", ["-m", "644", try Checkout.image(image), copy])
        try #require(copied.code == 0, "\(copied.error)")
        let result = try await slipway(["image", "import", copy])
        try #require(result.code == 0, "\(result.error)")
    }

    /// Writes a file of the user's, and gives its path.
    @discardableResult
    func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws -> String {
        let path = "\(folder)/\(name)"
        try Files.writeFile(path, text.utf8, mode: mode)
        try Files.setOwner(path, user: id, group: id)
        return path
    }

    func run(
        _ text: String, _ arguments: [String] = [], environment extra: [String: String] = [:]
    ) async throws -> RunReport {
        let file = try write(text, to: "workflow.yaml")
        return try RunReport(
            await slipway(["run", "-o", "json", file] + arguments, environment: extra))
    }

    func begin(_ text: String) throws -> Program {
        try start(["run", "-o", "json", try write(text, to: "workflow.yaml")])
    }

    func log(_ job: String = "work.it") async throws -> String {
        try await slipway(["logs", "last", job]).output
    }

    func wait(
        for text: String, in job: String = "work.it",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let seen: Bool? = try await eventually {
            try await log(job).contains(text) ? true : nil
        }
        try #require(seen != nil, "\(job) never said '\(text)'", sourceLocation: sourceLocation)
    }

    /// All of this user's, and those of users that are its containers' own.
    func processes(naming text: String = "") throws -> [Int32] {
        let ranges = String(
            decoding: try Files.readFile("/etc/subuid", limit: 1 << 20), as: UTF8.self
        )
        .split(separator: "\n").filter { $0.hasPrefix("\(name):") }
        .compactMap { line -> Range<UInt32>? in
            let fields = line.split(separator: ":").compactMap { UInt32($0) }
            return fields.count == 2 ? fields[0]..<(fields[0] + fields[1]) : nil
        }
        return try Files.list("/proc").compactMap(Int32.init).filter { pid in
            guard let owner = try Files.status("/proc/\(pid)")?.owner,
                owner == id || ranges.contains(where: { $0.contains(owner) })
            else { return false }
            do {
                // Empty for one that has ended and was not waited for.
                let line = try Files.readFile("/proc/\(pid)/cmdline", limit: 1 << 20)
                return !line.isEmpty
                    && (text.isEmpty || String(decoding: line, as: UTF8.self).contains(text))
            } catch {
                // It ended meanwhile.
                return false
            }
        }
    }

    /// The process that keeps the home's namespaces ends by itself, and with it all mounts.
    func expectNothingRuns(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let isQuiet: Bool? = try await eventually { try processes().isEmpty ? true : nil }
        let left = isQuiet == nil ? try processes() : []
        #expect(left == [], sourceLocation: sourceLocation)
        guard Files.exists("\(home)/attempts") else { return }
        #expect(try Files.list("\(home)/attempts") == [], sourceLocation: sourceLocation)
        #expect(try Files.list("\(home)/run") == [], sourceLocation: sourceLocation)
    }
}
