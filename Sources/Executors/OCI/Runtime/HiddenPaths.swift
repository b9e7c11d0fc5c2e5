import Glibc
import Storage

/// What `/proc` and `/sys` tell of this machine and no container needs. The runtime passes over
/// what is not there.
enum HiddenPaths {
    /// Paths with the reason why nobody sees them.
    static let reasons: [(paths: [String], why: String)] = [
        (["/proc/kcore"], "the machine's memory"),
        (
            ["/proc/kpagecgroup", "/proc/kpagecount", "/proc/kpageflags"],
            "where the memory of others lies"
        ),
        (["/proc/keys", "/proc/key-users"], "keyrings of everybody"),
        (
            ["/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug"],
            "what other processes do, and when"
        ),
        (
            ["/proc/interrupts", "/proc/softirqs"],
            "counts from which key strokes and neighbours can be told"
        ),
        (["/proc/acpi", "/proc/asound", "/proc/scsi"], "devices of the machine"),
        (["/sys/firmware", "/sys/hypervisor"], "serial numbers, keys of the firmware"),
        (["/sys/fs/selinux", "/sys/fs/cgroup"], "limits, and labels, of everybody"),
        (["/sys/dev/block"], "disks of the machine"),
        (
            ["/sys/devices/virtual/powercap"],
            "power figures, from which keys of neighbours can be told (CVE-2020-8694)"
        ),
        (
            ["/sys/devices/system/cpu/cpu*/thermal_throttle"],
            "temperatures, which tell of neighbours"
        ),
    ]

    static let masked = reasons.flatMap(\.paths).flatMap(expanded)

    /// Settings, and what acts when it is written.
    static let readOnly = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]

    /// One path a processor, of those that have it: the runtime knows no patterns.
    private static func expanded(_ path: String) -> [String] {
        guard path.contains("cpu*") else { return [path] }
        return (0..<max(1, sysconf(Int32(_SC_NPROCESSORS_CONF)))).map {
            path.replacing("cpu*", with: "cpu\($0)")
        }.filter(Files.exists)
    }
}
