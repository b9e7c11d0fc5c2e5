import Glibc
import Storage

/// The durable engine with an executor that runs nothing.
enum EngineBenchmarks {
    /// `slipway-bench --sequence N` runs N jobs, one after the other, and nothing else.
    static let sequenceVerb = "--sequence"

    static func run() async throws {
        print("\nengine (SQLite, synchronous=FULL, an executor that runs nothing)")
        _ = try await seconds(jobs: 200)
        let before = Measuring.peakKibibytes()
        for jobs in [1000, 10_000, 20_000] {
            let seconds = try await seconds(jobs: jobs)
            let peak = Measuring.peakKibibytes()
            let each = Double(max(0, peak - before)) / Double(jobs)
            report(
                "\(jobs) jobs in parallel",
                "\(Int(Double(jobs) / seconds)) jobs/s, peak +\(rounded(each)) KiB a job",
                budget: jobs == 1000 ? "-" : "≥ 5,000 jobs/s, < 20 KiB")
        }
        let each = try await seconds(jobs: 1000, isParallel: false)
        let sync = try await sync(1000)
        report(
            "1000 jobs in sequence",
            "\(rounded(each)) ms a job (a write with fsync: \(rounded(sync)) ms)", budget: "-")
        report("1000 jobs in sequence, fsyncs", try syncs(), budget: "≤ 2 a job")
    }

    /// What `sequenceVerb` does.
    static func runSequence(_ jobs: Int) async throws {
        _ = try await seconds(jobs: jobs, isParallel: false)
    }

    private static func seconds(jobs: Int, isParallel: Bool = true) async throws -> Double {
        try await BenchmarkHome.withoutContainers { home in
            try await home.run(BenchmarkWorkflow.jobs(jobs, isParallel: isParallel), slots: 64)
                .seconds / (isParallel ? 1 : Double(jobs) / 1000)
        }
    }

    /// Milliseconds of one write with fsync on this disk, the peer of a commit.
    private static func sync(_ rounds: Int) async throws -> Double {
        try await BenchmarkHome.withFolder { folder in
            let file = try Files.open("\(folder)/f", O_RDWR | O_CREAT)
            let page = [UInt8](repeating: 1, count: 4096)
            return try await Measuring.time {
                for _ in 0..<rounds {
                    try file.write(page)
                    try file.sync()
                }
            } / Double(rounds)
        }
    }

    /// Counted by the kernel's view of a process of its own: 1,200 jobs less 200, so that the
    /// beginning does not count.
    private static func syncs() throws -> String {
        guard let strace = Spawning.path(of: "strace") else {
            return "not measured: strace is missing"
        }
        let program = try Files.realPath("/proc/self/exe")
        var counts: [Int] = []
        for jobs in [200, 1200] {
            let words =
                ["-f", "-c", "-e", "trace=fsync,fdatasync,syncfs", "-o", "/dev/stdout"]
                + [program, sequenceVerb, String(jobs)]
            let answer = try Spawning.capture(
                strace, words, limit: 1 << 16, time: .seconds(300))
            guard answer.result.code == 0 else {
                throw BenchmarkError(what: "strace: \(answer.result.message)")
            }
            counts.append(calls(in: String(decoding: answer.output, as: UTF8.self)))
        }
        return "\(ratio(Double(counts[1] - counts[0]) / 1000)) a job"
    }

    /// The fourth column of strace's table (strace(1), `-c`).
    private static func calls(in table: String) -> Int {
        var sum = 0
        for line in table.split(separator: "\n") {
            let columns = line.split(separator: " ")
            guard columns.count >= 5, columns.last != "total" else { continue }
            sum += Int(columns[3]) ?? 0
        }
        return sum
    }
}
