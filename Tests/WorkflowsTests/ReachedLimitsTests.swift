import Domain
import Testing
import Workflows

/// How limits that were reached are told.
struct ReachedLimitsTests {
    private static let memory = ReachedLimits(
        memoryKills: 1, memory: ByteSize(bytes: 256 << 20), memoryPeak: ByteSize(bytes: 255 << 20))

    @Test(
        "a process that the kernel killed is the reason where the job failed",
        arguments: [
            (137, "out-of-memory: limit 256 MiB, used 255 MiB; the kernel killed a process"),
            (
                2,
                "out-of-memory: limit 256 MiB, used 255 MiB; the kernel killed a process; "
                    + "then exit code 2"
            ),
            (0, nil),
        ] as [(Int32, String?)])
    func reason(code: Int32, expected: String?) {
        #expect(Self.memory.reason(code: code) == expected)
        // Told once.
        #expect(Self.memory.notes(code: code).isEmpty == (code != 0))
    }

    @Test("without a limit it was the machine's memory; a signal alone has no such reason")
    func machine() {
        #expect(
            ReachedLimits(memoryKills: 3).reason(code: 137)
                == "out-of-memory: the machine had no more; the kernel killed 3 processes")
        #expect(
            ReachedLimits(memory: ByteSize(bytes: 1 << 20), memoryPeak: ByteSize(bytes: 1 << 20))
                .reason(code: 137) == nil)
    }

    @Test("what fails nothing is noted with its figure")
    func notes() {
        let limits = ReachedLimits(
            memoryKills: 2, memory: ByteSize(bytes: 16 << 20), refusedProcesses: 9, processes: 512,
            disk: ByteSize(bytes: 64 << 20))
        #expect(
            limits.notes(code: 0) == [
                "out-of-memory: limit 16.0 MiB; the kernel killed 2 processes",
                "processes: limit 512 reached, 9 could not be started",
                "disk: limit 64.0 MiB reached",
            ])
        #expect(limits.notes(code: 1).count == 2)
        #expect(ReachedLimits().notes(code: nil).isEmpty)
    }
}
