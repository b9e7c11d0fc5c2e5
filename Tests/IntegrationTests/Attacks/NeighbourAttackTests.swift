import Storage
import TestSupport
import Testing

/// A hostile job against another that runs at the same time on this machine.
struct NeighbourAttackTests {
    enum Distance: String, CaseIterable, Sendable {
        case oneRun, twoRuns
    }

    /// Has a mark in each place where a job has something of its own.
    private static let victim = """
        exec 3>/dev/shm/mark
        echo "$T_MARK" >&3
        for f in /slipway/work/mark /tmp/mark /slipway/reports/mark /root/mark; do
          echo "$T_MARK" >$f
        done
        test "$(cat /slipway/secrets/KEY)" = "$T_MARK"
        sh -c 'sleep 600' "$T_MARK" &
        echo "ready"
        until test -e go; do sleep 0.05; done
        kill -0 $! && echo "[T_RESULT] ALIVE = yes"
        test "$(cat /slipway/work/mark)" = "$T_MARK"
        kill $!
        """

    /// Looks for the mark in all that it can read. It counts: the mark itself would be masked.
    static let search = """
        needle=$(printf 'mark-of-%s' the-victim)
        found=0
        for p in /proc/[0-9]*; do
          for f in environ cmdline; do
            # What ended meanwhile cannot be opened, which the shell itself would complain of.
            { tr '\\0' '\\n' <$p/$f; } 2>/dev/null | grep -v needle | grep -q "$needle" &&
              found=$((found+1))
          done
          ls -l $p/root/ $p/cwd/ 2>/dev/null | grep -q ' mark$' && found=$((found+1))
        done
        for d in /slipway /dev/shm /dev/mqueue /tmp /root /run /var /home; do
          grep -rlq "$needle" $d 2>/dev/null && found=$((found+1))
        done
        ls /slipway/secrets 2>/dev/null && found=$((found+1))
        n=$(ls /proc | grep -c '^[0-9]')
        test $n -lt 12 || found=$((found+1))
        echo "found $found"
        """

    /// Then ends all processes that it can reach.
    private static let spy =
        search + "\n" + """
            trap '' TERM INT HUP
            kill -TERM -1 2>/dev/null || true
            kill -KILL -1 2>/dev/null || true
            echo "[T_RESULT] DONE = yes"
            """

    static let file = "secrets: [KEY]"

    static func victimJob(_ sandbox: AttackSandbox) -> String {
        Flow.job(
            "victim", victim,
            "\(sandbox.keys)\ninputs: {T_MARK: \"${secrets.KEY}\"}\n"
                + "secret-files: {KEY: secrets.KEY}\noutputs: [ALIVE]")
    }

    /// `waits`: for `/tmp/go`.
    static func spyJob(_ sandbox: AttackSandbox, waits: Bool = false) -> String {
        let wait = waits ? "until test -e /tmp/go; do sleep 0.05; done\n" : ""
        return Flow.job("spy", wait + spy, "\(sandbox.keys)\noutputs: [DONE]")
    }

    static let secret = ["--secret", "KEY=env:KEY"]
    static let given = ["KEY": "mark-of-the-victim"]

    @Test(
        "a job finds no secret, file, variable or process of one beside it, and ends none",
        arguments: AttackSandbox.tried, Distance.allCases)
    func neighbours(sandbox: AttackSandbox, distance: Distance) async throws {
        try await TestHome.busy { home in
            let spies = Flow.stages([Flow.stage("work", jobs: [Self.spyJob(sandbox)])])
            let together = Flow.stages(
                [
                    Flow.stage(
                        "work", "run: parallel",
                        jobs: [Self.victimJob(sandbox)]
                            + (distance == .oneRun ? [Self.spyJob(sandbox, waits: true)] : []))
                ], file: Self.file)
            let program = try home.start(
                ["run", "-o", "json", try home.workflow(together)] + Self.secret,
                environment: Self.given)
            try await home.wait(for: "ready", in: "work.victim")
            if distance == .oneRun {
                try await home.letGo("work.spy", of: "1")
                try await home.wait(for: "found", in: "work.spy")
            } else {
                let report = try RunReport(
                    await home.slipway([
                        "run", "-o", "json", try home.workflow(spies, name: "spy.yaml"),
                    ]))
                #expect(report.code == 0, "\(report.error)")
                let said = try await home.slipway(["logs", "2", "work.spy"]).output
                #expect(said.hasPrefix("found 0\n"), "\(said)")
            }
            // That the search finds what is there to be found.
            let own = try await home.slipway(
                ["exec", "1", "work.victim", "--", "sh", "-c", Self.search])
            #expect(own.output.contains("found "), "\(own.error)")
            #expect(!own.output.contains("found 0"), "\(own.output)")
            try await home.letGo("work.victim", of: "1", file: "go")
            let report = try RunReport(try await program.wait())
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job("work.victim").output("ALIVE") == "yes")
            if distance == .oneRun {
                let said = try await home.log("work.spy")
                #expect(said.hasPrefix("found 0\n"), "\(said)")
                #expect(try report.job("work.spy").output("DONE") == "yes")
            }
        }
    }

    @Test(
        "what one attempt left is not found by the next, nor by the next run",
        arguments: AttackSandbox.tried)
    func afterwards(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let script = """
                find / /slipway/work /slipway/reports -xdev -name 'left-by-*' 2>/dev/null | grep . && exit 9
                ls /dev/shm | grep . && exit 9
                for d in /tmp /root /var /slipway/work /slipway/reports /dev/shm /etc; do
                  echo x >$d/left-by-$T_ATTEMPT
                done
                nohup sleep 600 >/dev/null 2>&1 &
                test $T_ATTEMPT = 2
                """
            let text = Flow.script(
                script, job: "\(sandbox.keys)\nretry: {attempts: 2, backoff: 1ms, on: [failed]}")
            for _ in 0..<2 {
                let report = try await home.succeed(text)
                #expect(try report.job().attempts == 2)
            }
        }
    }

    @Test(
        "a socket without a file, which whoever shares a network may reach, is out of reach",
        arguments: AttackSandbox.tried)
    func abstractSocket(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let name = "slipway-test-\(home.folder)"
            let program = "\(home.folder)/attacker/attacker"
            let listener = try Program(program, ["listen", name])
            let isThere: Bool? = try await eventually {
                try listener.printed().contains("listening") ? true : nil
            }
            try #require(isThere == true)
            try await home.succeed(
                Flow.stages([
                    start,
                    Flow.stage(
                        "work", jobs: [Flow.job("it", "./attacker connect \(name)", sandbox.keys)]),
                ]))
            #expect(try await home.log() == "ECONNREFUSED\n")
            // That it can be reached at all.
            let own = try await Program.run(program, ["connect", name])
            #expect(own.output == "done\n")
            #expect(try await listener.wait().output.hasSuffix("reached\n"))
        }
    }
}
