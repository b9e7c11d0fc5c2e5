package import Domain

/// The limits that an attempt came up against, as the kernel counted (docs/decisions/0027).
package struct ReachedLimits: Hashable, Sendable {
    /// Processes that the kernel killed for want of memory.
    package var memoryKills: Int
    /// Nil without a limit: then the machine itself had no more.
    package var memory: ByteSize?
    /// The most memory that it had at once; nil where the kernel does not say.
    package var memoryPeak: ByteSize?
    /// Processes and threads that it could not begin.
    package var refusedProcesses: Int
    package var processes: Int?
    /// Of its disk, where that was full.
    package var disk: ByteSize?

    package init(
        memoryKills: Int = 0, memory: ByteSize? = nil, memoryPeak: ByteSize? = nil,
        refusedProcesses: Int = 0, processes: Int? = nil, disk: ByteSize? = nil
    ) {
        self.memoryKills = memoryKills
        self.memory = memory
        self.memoryPeak = memoryPeak
        self.refusedProcesses = refusedProcesses
        self.processes = processes
        self.disk = disk
    }

    /// Why an attempt failed with such an exit code, where memory was the reason. One that a
    /// signal ended without the kernel's doing has another.
    package func reason(code: Int32) -> String? {
        guard memoryKills > 0, code != 0 else { return nil }
        // A shell says so of itself, and of the last program that it ran.
        return memoryText + (code == 137 ? "" : "; then exit code \(code)")
    }

    /// What a person should know beside the reason.
    package func notes(code: Int32?) -> [String] {
        var notes: [String] = []
        // A program went on without one that it had begun.
        if memoryKills > 0, code == nil || code == 0 { notes.append(memoryText) }
        if refusedProcesses > 0 {
            let limit = processes.map { "limit \($0) reached" } ?? "limit reached"
            notes.append("processes: \(limit), \(refusedProcesses) could not be started")
        }
        if let disk { notes.append("disk: limit \(disk) reached") }
        return notes
    }

    private var memoryText: String {
        let limit = memory.map { "limit \($0)" } ?? "the machine had no more"
        let used = memoryPeak.map { ", used \($0)" } ?? ""
        let killed = memoryKills == 1 ? "a process" : "\(memoryKills) processes"
        return "out-of-memory: \(limit)\(used); the kernel killed \(killed)"
    }
}
