import Domain
import Storage
import TestSupport
import Testing

/// What jobs print: kept as it is, and found again.
struct LogTests {
    @Test("both streams are kept, each line with its own")
    func streams() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("echo one; echo two >&2"))
            let lines = try await home.jsonLog()
            #expect(lines.count == 2)
            for (stream, text) in [("stdout", "one"), ("stderr", "two")] {
                let line = try #require(lines.first { $0["text"]?.stringValue == text })
                #expect(line["stream"]?.stringValue == stream)
                #expect(line["job"] == "work.it")
                #expect(line["attempt"] == 1)
                #expect(line["time"]?.stringValue?.hasSuffix("Z") == true)
            }
        }
    }

    @Test("a line of 300 KB is one line, also between others")
    func longLine() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script("echo before; head -c 300000 /dev/zero | tr '\\0' x; echo; echo after"))
            let lines = try await home.logLines()
            #expect(lines.map(\.utf8.count) == [6, 300_000, 5])
            #expect(try await home.jsonLog().count == 3)
        }
    }

    @Test("bytes that are not UTF-8 come out as they went in")
    func bytes() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script("printf 'a\\377\\376\\000b\\303\\n\\r\\n\\tend'", job: ""))
            let shown = try await home.shell("slipway logs last | od -An -tx1 | tr -d ' \\n'")
            #expect(shown.output == "61fffe0062c30a0d0a09656e640a")
        }
    }

    @Test("with timestamps each line begins with its time, in order")
    func timestamps() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("echo a; sleep 0.1; echo b; sleep 0.1; echo c"))
            let lines = try await home.slipway(["logs", "--timestamps", "last"]).output
                .split(separator: "\n").map { $0.split(separator: " ") }
            #expect(lines.map(\.count) == [2, 2, 2])
            let times = lines.map { String($0[0]) }
            #expect(times == times.sorted())
            #expect(Set(times).count == 3)
            #expect(lines.map { String($0[1]) } == ["a", "b", "c"])
        }
    }

    @Test("all jobs of a run stand behind their names; one job, one shard alone without")
    func selection() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job("a", "echo from a"),
                            Flow.job("b", "echo from $T_SHARD_INDEX", "shards: 2"),
                        ])
                ]))
            #expect(
                try await home.slipway(["logs", "1"]).output
                    == "work.a │ from a\nwork.b[0] │ from 0\nwork.b[1] │ from 1\n")
            #expect(try await home.log("work.a") == "from a\n")
            #expect(try await home.log("work.b[1]") == "from 1\n")
            let unknown = try await home.slipway(["logs", "1", "work.c"])
            #expect(unknown.code == 3)
            #expect(unknown.error.contains("work.c"))
        }
    }

    @Test("an attempt that was not made is told, not shown as silence")
    func noSuchAttempt() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("echo a"))
            #expect(try await home.slipway(["logs", "last", "--attempt", "1"]).output == "a\n")
            let one = try await home.slipway(["logs", "last", "work.it", "--attempt", "4"])
            #expect(one.code == 3)
            #expect(one.error.contains("there is no attempt 4: work.it has 1 attempt\n"))
            let all = try await home.slipway(["logs", "last", "--attempt", "4"])
            #expect(all.code == 3)
            #expect(all.error.contains("no job of run 1 has more than 1 attempt"))
            #expect(try await home.slipway(["logs", "last", "--attempt", "0"]).code == 64)
            let leg = try await home.slipway(["logs", "last", "work.it[1]"])
            #expect(leg.error.contains("work.it has one leg: work.it"), "\(leg.error)")
            #expect(leg.code == 3)
        }
    }

    @Test("a follower that comes late gets all lines once, live ones too, and ends with the run")
    func follow() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    """
                    i=0
                    while [ $i -lt 400 ]; do
                      echo "line $i"
                      i=$((i + 1))
                      if [ $i = 200 ]; then
                        until test -e "$T_REPORTS/go"; do sleep 0.05; done
                      fi
                    done
                    """))
            try await home.wait(for: "line 30")
            let follower = try home.start(["logs", "-f", "last", "work.it"])
            let early: Bool? = try await eventually {
                try follower.printed().contains("line 20") ? true : nil
            }
            #expect(early == true)
            // It shows lines while the run goes on.
            #expect(try await home.show()["state"] == "running")
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            let followed = try await follower.wait()
            #expect(followed.code == 0, "\(followed.error)")
            #expect(try await program.wait().code == 0)
            #expect(followed.output == (0..<400).map { "line \($0)\n" }.joined())
        }
    }

    @Test("a follower of many shards gets all of each")
    func followShards() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    "for i in $(seq 50); do echo line $i; sleep 0.01; done", job: "shards: 4"))
            let started: Bool? = try await eventually {
                try await home.slipway(["show", "last"]).code == 0 ? true : nil
            }
            try #require(started == true)
            let followed = try await home.slipway(["logs", "-f", "last", "-o", "json"])
            #expect(followed.code == 0)
            #expect(try await program.wait().code == 0)
            let lines = try followed.output.utf8.split(separator: 0x0a).map {
                try JSONParser.parse($0)
            }
            for shard in 0..<4 {
                let texts = lines.filter { $0["job"]?.stringValue == "work.it[\(shard)]" }
                    .compactMap { $0["text"]?.stringValue }
                #expect(texts == (1...50).map { "line \($0)" })
            }
        }
    }

    @Test("a flood of 40 MiB neither grows memory nor loses a byte")
    func flood() async throws {
        try await TestHome.busy { home in
            let line = String(repeating: "0123456789", count: 100)
            let program = try home.begin(Flow.script("yes \(line) | head -n 42000"))
            let peak = try await program.peakMemoryKiB()
            #expect(peak > 1 << 10)
            #expect(peak < 120 << 10, "\(peak) KiB")
            #expect(try await program.wait().code == 0)
            let count = try await home.shell("slipway logs last | wc -c")
            #expect(count.output == "42042000\n")
        }
    }

    @Test("a reader that goes away ends the command quietly")
    func brokenPipe() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("seq 200000"))
            let result = try await home.shell("set -o pipefail; slipway logs last | head -n 1")
            #expect(result.output == "1\n")
            #expect(result.error.isEmpty)
            #expect(result.code == 0)
        }
    }
}
