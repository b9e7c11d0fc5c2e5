import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `services`: containers beside a job, in its network.
struct ServiceTests {
    /// Serves one word to whoever asks.
    private static func server(
        _ name: String, port: Int, says word: String, ready: String? = nil, keys: String = ""
    ) -> String {
        let command = "mkdir /www; echo \(word) >/www/word; exec httpd -f -p \(port) -h /www"
        let ready = ready ?? "wget -q -O /dev/null http://localhost:\(port)/word"
        return """
              \(name):
                component: busybox
                command: [sh, -c, "\(command)"]
                ready: "\(ready)"
            """ + (keys.isEmpty ? "" : "\n    \(keys)")
    }

    private static func job(_ script: String, _ services: String..., more: String = "") -> String {
        Flow.script(
            script,
            job: "services:\n" + services.joined(separator: "\n")
                + (more.isEmpty ? "" : "\n\(more)"))
    }

    @Test("a job reaches its services by name, with nothing else in reach; they end with it")
    func reaches() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Self.job(
                    """
                    wget -q -O- http://web:8080/word; wget -q -O- http://localhost:8081/word
                    ls /sys/class/net
                    """, Self.server("web", port: 8080, says: "one"),
                    Self.server("db", port: 8081, says: "two")))
            #expect(try await home.log() == "work.it │ one\nwork.it │ two\nwork.it │ lo\n")
            try await home.expectNothingLeft()
        }
    }

    @Test("each leg has services of its own, on the same port at once")
    func legs() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Self.job(
                    "wget -q -O- http://web:8080/word",
                    """
                      web:
                        component: busybox
                        inputs: {WORD: "${matrix.T_M}-${run.number}", A.B: "x"}
                        command: [sh, -c, "test $A_B = x; mkdir /www; echo $WORD >/www/word; exec httpd -f -p 8080 -h /www"]
                        ready: [wget, -q, -O, /dev/null, "http://localhost:8080/word"]
                    """, more: "matrix: {T_M: [a, b, c]}"))
            for value in ["a", "b", "c"] {
                #expect(try await home.log("work.it[T_M=\(value)]").contains("\(value)-1\n"))
            }
        }
    }

    @Test("what services print is kept beside the job's log, masked, and is no result of the job")
    func logs() async throws {
        try await TestHome.busy { home in
            let text = Flow.script(
                "echo job; echo '[T_RESULT] A = job'",
                job: """
                    outputs: [A]
                    services:
                      loud:
                        component: busybox
                        inputs: {KEY: "${secrets.KEY}"}
                        command: [sh, -c, "echo key $KEY; echo '[T_RESULT] A = service'; touch /done; sleep 1000"]
                        ready: test -e /done
                    """, file: "secrets: [KEY]")
            try Files.writeFile("\(home.folder)/key", "opensesame".utf8)
            let report = try await home.run(text, ["--secret", "KEY=file:\(home.folder)/key"])
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().output("A") == "job")
            let logs = try await home.slipway(["logs", "1"])
            #expect(
                logs.output == """
                    work.it │ job
                    work.it │ [T_RESULT] A = job
                    work.it/loud │ key ***
                    work.it/loud │ [T_RESULT] A = service

                    """)
        }
    }

    @Test(
        "one that does not get ready makes the job errored, with its last lines",
        arguments: [
            ("echo starting; echo broken >&2; exit 3", "true", "ended before it was ready"),
            (
                "echo starting; echo broken; sleep 1000", "echo not yet >&2; exit 1",
                "not ready after"
            ),
            ("echo starting; echo broken; sleep 1000", "sleep 1000", "not ready after"),
        ])
    func notReady(command: String, ready: String, why: String) async throws {
        try await TestHome.busy { home in
            // The first may be asked in the moment before it ends.
            let ready = why.hasPrefix("ended") ? "sleep 0.2; test -e /never" : ready
            let report = try await home.run(
                Self.job(
                    "echo never",
                    """
                      bad:
                        component: busybox
                        command: [sh, -c, "\(command)"]
                        ready: "\(ready)"
                        timeout: \(why.hasPrefix("ended") ? "20s" : "1s")
                    """, Self.server("good", port: 8080, says: "x")))
            #expect(report.state == "errored")
            let reason = try report.job().reason ?? ""
            #expect(reason.hasPrefix("service bad: it"), "\(reason)")
            #expect(reason.contains(why), "\(reason)")
            #expect(reason.contains("broken"), "\(reason)")
            try await home.expectNothingLeft()
        }
    }

    @Test("one that ends before its job fails nothing by itself, and is told")
    func endsEarly() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Self.job(
                    "echo ready; until test -e \"$T_REPORTS/go\"; do sleep 0.05; done",
                    """
                      x:
                        component: busybox
                        command: [sh, -c, "echo bye; exit 3"]
                    """))
            try await home.wait(for: "ready")
            let isAlone: Bool? = try await eventually {
                try home.monitors().count == 1 ? true : nil
            }
            #expect(isAlone == true)
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            let report = try RunReport(await program.wait())
            #expect(report.code == 0)
            #expect(
                report.error.contains("warning: service x ended with code 3 before the job did"),
                "\(report.error)")
        }
    }

    @Test("a program that a service's image lacks is said; a component that is not here, before")
    func missing() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Self.job("true", "  bad: {component: busybox, command: [/no/such]}"))
            #expect(report.state == "errored")
            #expect(try report.job().reason?.contains("/no/such") == true)
            let refused = try await home.run(Self.job("true", "  bad: {component: nowhere}"))
            #expect(refused.code == 2, "\(refused.error)")
            #expect(refused.error.contains("nowhere"))
        }
    }

    @Test("a run that is cancelled while a service gets ready leaves nothing")
    func cancelled() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Self.job("true", Self.server("web", port: 1, says: "x", ready: "exit 1")))
            let isStarted: Bool? = try await eventually {
                try home.monitors().isEmpty ? nil : true
            }
            #expect(isStarted == true)
            program.signal(SIGINT)
            #expect(try await program.wait().code == 7)
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("a run that is taken over goes on with the services of its job")
    func resumed() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Self.job(
                    """
                    echo ready; until test -e "$T_REPORTS/go"; do sleep 0.05; done
                    wget -q -O- http://web:8080/word
                    """, Self.server("web", port: 8080, says: "still")))
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            #expect(try home.monitors().count == 2)
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(report.state == "succeeded", "\(report.error)")
            #expect(try await home.log().hasSuffix("still\n"))
            try await home.expectNothingLeft()
        }
    }

    @Test("what a killed process left of a job that waits for a service is swept")
    func swept() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Self.job("true", Self.server("web", port: 8080, says: "x", ready: "exit 1")))
            let isStarted: Bool? = try await eventually {
                try home.monitors().isEmpty ? nil : true
            }
            #expect(isStarted == true)
            program.signal(SIGKILL)
            _ = try await program.wait()
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            try await home.expectNothingLeftSoon()
        }
    }
}
