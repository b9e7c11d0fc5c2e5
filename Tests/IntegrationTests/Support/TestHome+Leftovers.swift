import Domain
import Storage
import TestSupport
import Testing

extension TestHome {
    /// Everything that attempts of this home still have on this machine.
    func leftovers() throws -> [String] {
        let runtime = try runtimePath()
        var found = try Files.list("\(path)/attempts").map { "attempts/\($0)" }
        for folder in ["mounts", "runc"] where Files.exists("\(runtime)/\(folder)") {
            found += try Files.list("\(runtime)/\(folder)").map { "\(folder)/\($0)" }
        }
        found += try Files.list(runtime).filter { $0.hasSuffix(".sock") }
        found += try mounts(below: runtime)
        found += try processes(naming: runtime).map { "process \($0)" }
        return found + (try controlGroups())
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        guard Files.exists(path) else { return }
        let left = try leftovers()
        #expect(left.isEmpty, sourceLocation: sourceLocation)
    }

    private func mounts(below folder: String) throws -> [String] {
        String(decoding: try Files.readFile("/proc/mounts", limit: 1 << 24), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.contains("\(folder)/") }
    }

    /// Processes whose command line names a path; one that has ended but was not waited for has
    /// none any more.
    func processes(naming text: String) throws -> [Int32] {
        try Files.list("/proc").compactMap(Int32.init).filter { pid in
            do {
                let line = try Files.readFile("/proc/\(pid)/cmdline", limit: 1 << 20)
                return String(decoding: line, as: UTF8.self).contains(text)
            } catch {
                // It ended meanwhile.
                return false
            }
        }
    }

    /// Control groups of this home's attempts, of whichever version: `…/slipway/RUN-LEG-ATTEMPT`.
    private func controlGroups() throws -> [String] {
        let runs = Set(
            try Files.list("\(path)/locks").map { String($0.prefix { $0 != "." }) })
        let roots = ["/sys/fs/cgroup"] + (try Files.list("/sys/fs/cgroup")).map {
            "/sys/fs/cgroup/\($0)"
        }
        return try roots.map { "\($0)/slipway" }.filter { Files.exists($0) }.flatMap { root in
            try Files.list(root).filter { runs.contains(String($0.prefix { $0 != "-" })) }
                .map { "\(root)/\($0)" }
        }
    }
}
