import Domain
import Glibc
import Storage
import TestSupport
import Testing

extension TestHome {
    /// Everything that attempts of this home still have on this machine.
    func leftovers() throws -> [String] {
        let runtime = try runtimePath()
        var found = try Files.list("\(path)/attempts").map { "attempts/\($0)" }
        for folder in ["mounts", "runc", "gvisor", "vm"] where Files.exists("\(runtime)/\(folder)")
        {
            found += try Files.list("\(runtime)/\(folder)").map { "\(folder)/\($0)" }
        }
        found += try Files.list(runtime).filter { $0.hasSuffix(".sock") }
        found += try mounts(below: runtime) + mounts(below: "\(path)/attempts")
        found += try loopDevices()
        found += try processes(naming: runtime).map { "process \($0)" }
        found += try userRanges()
        return found + (try controlGroups()) + (try openings())
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        guard Files.exists(path) else { return }
        let left = try leftovers()
        #expect(left.isEmpty, sourceLocation: sourceLocation)
    }

    /// The same where a process was killed: conmon, runc and what they ran may take a moment to end
    /// when all that they held is gone.
    func expectNothingLeftSoon(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let isGone: Bool? = try await eventually(within: .seconds(5)) {
            try leftovers().isEmpty ? true : nil
        }
        let left = isGone == true ? [] : try leftovers()
        #expect(left == [], sourceLocation: sourceLocation)
    }

    /// Loop devices whose file is, or was, of an attempt or kept of one.
    private func loopDevices() throws -> [String] {
        try Files.list("/sys/block").filter { $0.hasPrefix("loop") }.compactMap { name in
            let file = "/sys/block/\(name)/loop/backing_file"
            guard Files.exists(file) else { return nil }
            do {
                let text = String(decoding: try Files.readFile(file, limit: 4096), as: UTF8.self)
                return ["attempts", "kept"].contains { text.hasPrefix("\(path)/\($0)/") }
                    ? "\(name) of \(text)" : nil
            } catch {
                // It was let go between the two looks.
                return nil
            }
        }
    }

    /// Ranges of users that this home has taken, but for those of runs that wait.
    private func userRanges() throws -> [String] {
        let (folder, id) = ("/run/slipway/users", try Home(path: path).id)
        guard Files.exists(folder) else { return [] }
        let waiting = try Files.list("\(path)/workspaces")
        return try Files.list(folder).compactMap { try Self.holder("\(folder)/\($0)") }
            .filter { owner in
                owner.hasPrefix("\(id)/") && !waiting.contains { owner == "\(id)/\($0)" }
            }.map { "users of \($0)" }
    }

    /// Who has taken a range; nil for one that was let go of since it was listed.
    static func holder(_ link: String) throws -> String? {
        do { return try Files.target(ofLink: link) } catch let error {
            guard case .system(_, _, ENOENT) = error else { throw error }
            return nil
        }
    }

    private func mounts(below folder: String) throws -> [String] {
        String(decoding: try Files.readFile("/proc/mounts", limit: 1 << 24), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.contains("\(folder)/") }
    }

    /// The text of a file that may go at any moment, a process' above all; empty when it has gone.
    static func passing(_ path: String) -> String {
        do {
            return String(decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
        } catch {
            return ""
        }
    }

    /// Processes whose command line names a path; one that has ended but was not waited for has
    /// none any more.
    func processes(naming text: String) throws -> [Int32] {
        try Files.list("/proc").compactMap(Int32.init).filter { pid in
            Self.passing("/proc/\(pid)/cmdline").contains(text)
        }
    }

    /// Processes in containers of this home that run exactly these words: a child that is being
    /// started still has the words of its parent.
    func processes(running words: String...) throws -> [Int32] {
        let line = words.joined(separator: "\0") + "\0"
        let attempts = try Files.list("\(path)/attempts")
        return try processes(naming: words.last ?? "").filter { pid in
            let groups = Self.passing("/proc/\(pid)/cgroup")
            return Self.passing("/proc/\(pid)/cmdline") == line
                && attempts.contains { groups.contains("/\($0)") }
        }
    }

    /// A run that has ended has no lock any more; one that printed something has logs.
    private func runNames() throws -> Set<String> {
        Set(
            try ["locks", "logs"].flatMap { try Files.list("\(path)/\($0)") }
                .map { String($0.prefix { $0 != "." }) })
    }

    /// What attempts of this home may reach of the machine.
    private func openings() throws -> [String] {
        let folder = "/run/slipway/openings"
        guard Files.exists(folder) else { return [] }
        let runs = try runNames()
        return try Files.list(folder).filter { name in
            name.hasPrefix("10.83.")
                && runs.contains(String(Self.passing("\(folder)/\(name)").prefix { $0 != "-" }))
        }.map { "opening \($0)" }
    }

    /// Control groups of this home's attempts, of whichever version: `…/slipway/RUN-LEG-ATTEMPT`.
    private func controlGroups() throws -> [String] {
        let runs = try runNames()
        let roots =
            ["/sys/fs/cgroup"]
            + (try Files.list("/sys/fs/cgroup")).map {
                "/sys/fs/cgroup/\($0)"
            }
        return try roots.map { "\($0)/slipway" }.filter { Files.exists($0) }.flatMap { root in
            try Files.list(root).filter { runs.contains(String($0.prefix { $0 != "-" })) }
                .map { "\(root)/\($0)" }
        }
    }
}

extension TestHome {
    /// The conmon processes of this home.
    func monitors() throws -> [Int32] {
        try processes(naming: try runtimePath()).filter { pid in
            Self.passing("/proc/\(pid)/comm") == "conmon\n"
        }
    }
}

extension TestHome {
    /// A limit of a run's first attempt, from control groups of version 1, or of 2 where the
    /// controller's name does not matter.
    func limit(_ controller: String, _ file: String, of run: String) -> String? {
        for root in ["/sys/fs/cgroup/\(controller)", "/sys/fs/cgroup"] {
            let path = "\(root)/slipway/\(run)-0-1/\(file)"
            guard Files.exists(path) else { continue }
            do {
                let text = try Files.readFile(path, limit: 4096)
                return String(decoding: text.prefix { $0 != 0x0a }, as: UTF8.self)
            } catch {
                return nil
            }
        }
        return nil
    }
}

extension TestHome {
    /// Everything that the store holds, finished or not.
    func blobs() async throws -> [String] {
        let found = try await Program.run(
            "/usr/bin/find", ["\(path)/blobs", "-type", "f", "!", "-name", "*.lock"])
        return found.output.split(separator: "\n").map(String.init)
    }
}
