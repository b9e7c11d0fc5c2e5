import Domain
import Storage
import Workflows

extension ControlGroups {
    /// The limits that a container came up against, as its groups tell after its end and before
    /// they are removed. `root` is where control groups are mounted; nothing is read but below it.
    ///
    /// Version 1 has a hierarchy for each controller, version 2 one for all; both may be there
    /// (Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v1/pids.rst, cgroup-v2.rst). What a
    /// kernel does not count is taken for nothing.
    static func reached(_ path: String, below root: String = root) -> ReachedLimits {
        var limits = ReachedLimits()
        let memory = "\(root)/memory\(path)"
        if Files.exists("\(memory)/memory.oom_control") {
            limits.memoryKills = count("oom_kill", in: "\(memory)/memory.oom_control")
            limits.memory = bytes("\(memory)/memory.limit_in_bytes")
            limits.memoryPeak = bytes("\(memory)/memory.max_usage_in_bytes")
        } else {
            let group = "\(root)\(path)"
            limits.memoryKills = count("oom_kill", in: "\(group)/memory.events")
            limits.memory = bytes("\(group)/memory.max")
            // Linux 5.19 and later.
            limits.memoryPeak = bytes("\(group)/memory.peak")
        }
        let candidates = ["\(root)/pids\(path)", "\(root)\(path)"]
        if let pids = candidates.first(where: { Files.exists("\($0)/pids.events") }) {
            limits.refusedProcesses = count("max", in: "\(pids)/pids.events")
            limits.processes = text("\(pids)/pids.max").flatMap { Int($0) }
        }
        return limits
    }

    /// More than any machine has: what version 1 says where there is no limit is a number of pages
    /// just below 2^63 bytes.
    private static let noLimit: Int64 = 1 << 60

    /// Nil for `max`, and where there is no such file.
    private static func bytes(_ path: String) -> ByteSize? {
        guard let value = text(path).flatMap({ Int64($0) }), value < noLimit else { return nil }
        return ByteSize(bytes: value)
    }

    /// From a file of lines `NAME COUNT`.
    private static func count(_ name: String, in path: String) -> Int {
        for line in (text(path) ?? "").split(separator: "\n") where line.hasPrefix("\(name) ") {
            return Int(line.dropFirst(name.utf8.count + 1)) ?? 0
        }
        return 0
    }

    private static func text(_ path: String) -> String? {
        guard Files.exists(path) else { return nil }
        do {
            let bytes = try Files.readFile(path, limit: 4096)
            let text = String(decoding: bytes, as: UTF8.self)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        } catch {
            // The group went away: there is nothing left to count.
            return nil
        }
    }
}
