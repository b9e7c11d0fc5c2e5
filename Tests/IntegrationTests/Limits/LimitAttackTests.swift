import Domain
import TestSupport
import Testing

/// Jobs that take all they can get: each ends as it must, with the figure of its limit, and the next
/// run finds the machine as it was.
struct LimitAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        var keys = ""
        var state = "failed"
        /// What its reason begins with.
        var reason: String?
        /// What is told beside it.
        var note: String?
    }

    static let attacks = [
        Attack(
            testDescription: "a fork bomb",
            script: "bomb() { bomb | bomb & }; bomb; sleep 3; exit 1", keys: "timeout: 30s",
            note: "processes: limit 512 reached, "),
        Attack(
            testDescription: "a memory hog",
            script: "head -c 200m /dev/zero | tail -c 200m | wc -c",
            keys: "resources: {memory: 32Mi}\nshell: [sh, -eo, pipefail]",
            reason: "out-of-memory: limit 32.0 MiB, used "),
        Attack(
            testDescription: "a memory hog that the job begins and forgets",
            script: "(echo 1000 >/proc/self/oom_score_adj; head -c 200m /dev/zero | "
                + "tail -c 200m >/dev/null) || true",
            keys: "resources: {memory: 32Mi}", state: "succeeded",
            note: "out-of-memory: limit 32.0 MiB, used "),
        Attack(
            testDescription: "a memory hog whose end is taken for another code",
            script: "head -c 200m /dev/zero | tail -c 200m >/dev/null || exit 7",
            keys: "resources: {memory: 32Mi}\nshell: [sh, -eo, pipefail]",
            reason: "out-of-memory: limit 32.0 MiB, used "),
        Attack(
            testDescription: "one that kills itself as the kernel would",
            script: "sh -c 'kill -9 $$'",
            keys: "resources: {memory: 32Mi}", reason: "exit code 137: ended by signal 9"),
        Attack(
            testDescription: "a filler of /dev/shm", script: "head -c 200m /dev/zero >/dev/shm/x",
            keys: "resources: {memory: 256Mi}", reason: "exit code 1"),
        Attack(
            testDescription: "a filler of /dev/shm with less memory than that holds",
            script: "head -c 60m /dev/zero >/dev/shm/x", keys: "resources: {memory: 16Mi}",
            reason: "out-of-memory: limit 16.0 MiB, used "),
        Attack(
            testDescription: "a maker of zombies",
            script:
                "sh -c 'for i in $(seq 1000); do sh -c \"exec true\" & done; exec sleep 3'; exit 1",
            keys: "timeout: 30s", note: "processes: limit 512 reached, "),
        Attack(
            testDescription: "many open files",
            script: """
                cat >x.awk <<'END'
                BEGIN { for (i = 0; i < 2000000; i++) print "x" > ("/tmp/f" i) }
                END
                awk -f x.awk
                """,
            keys: "resources: {memory: 64Mi, disk: 64Mi}"),
    ]

    @Test("a job that takes all it can get ends with its limit's figure", arguments: attacks)
    func bounded(attack: Attack) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Flow.script(attack.script, job: attack.keys))
            let job = try report.job()
            #expect(job.state == attack.state, "\(report.error)")
            if let reason = attack.reason {
                #expect(job.reason?.hasPrefix(reason) == true, "\(job.reason ?? "")")
            }
            if let note = attack.note { #expect(report.error.contains(note), "\(report.error)") }
            try await home.succeed(Flow.script("true"))
        }
    }
}
