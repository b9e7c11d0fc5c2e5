import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// Secrets reach a job and nothing else (DESIGN §5, "Secrets").
struct SecretTests {
    /// With characters that differ in each of the forms.
    private static let value = "s3cr3t/+ \"quoted\"&more"
    private static let base64 = "czNjcjN0LysgInF1b3RlZCImbW9yZQ=="
    private static let encoded = "s3cr3t%2F%2B%20%22quoted%22%26more"
    private static let escaped = "s3cr3t/+ \\\"quoted\\\"&more"

    private static func flow(_ script: String, job keys: String = "") -> String {
        Flow.script(
            script, job: "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}\n\(keys)",
            file: "secrets: [TOKEN]")
    }

    /// A command that prints a text which must not stand in the workflow file: it is recorded.
    private static func hidden(_ text: String) -> String {
        let twice = Data(Data(text.utf8).base64EncodedString().utf8).base64EncodedString()
        return "echo \(twice) | base64 -d | base64 -d"
    }

    private static func run(
        _ home: TestHome, _ text: String, _ arguments: [String] = []
    ) async throws -> RunReport {
        try await home.run(
            text, ["--secret", "TOKEN=env:MY_TOKEN"] + arguments, environment: ["MY_TOKEN": value])
    }

    /// Nothing of it may be anywhere that outlives the run.
    private static func expectNoTrace(
        _ home: TestHome, _ report: RunReport, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for form in [value, base64, encoded, escaped] {
            #expect(
                try await home.files(containing: form).isEmpty, "\(form)",
                sourceLocation: sourceLocation)
            #expect(!report.error.contains(form), sourceLocation: sourceLocation)
            #expect(
                !report.document.canonicalText.contains(form), sourceLocation: sourceLocation)
            for words in [["logs", "last"], ["logs", "-o", "json", "last"], ["show", "last"]] {
                let shown = try await home.slipway(words).output
                #expect(!shown.contains(form), "\(words)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("the job sees it; logs, events, documents and every file of the home do not")
    func masked() async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(
                home,
                Self.flow(
                    """
                    test ${#T_TOKEN} = \(Self.value.utf8.count)
                    echo "raw $T_TOKEN end"
                    echo "errors $T_TOKEN end" >&2
                    printf 'base64 %s end\\n' "$(printf '%s' "$T_TOKEN" | base64 -w 0)"
                    echo "url $(\(Self.hidden(Self.encoded))) end"
                    echo "json $(\(Self.hidden(Self.escaped))) end"
                    printf %s "$T_TOKEN"; sleep 0.1; echo
                    half=$(printf %s "$T_TOKEN" | cut -c1-9)
                    printf %s "$half"; sleep 0.2; printf '%s\\n' "${T_TOKEN#"$half"}"
                    """))
            try #require(report.code == 0, "\(report.error)")
            try await Self.expectNoTrace(home, report)
            let lines = try await home.logLines()
            for form in ["raw", "errors", "base64", "url", "json"] {
                #expect(lines.contains("\(form) *** end"), "\(lines)")
            }
            #expect(lines.filter { $0 == "***" }.count == 2, "\(lines)")
        }
    }

    @Test("it is masked in T_DATA, in reasons and in warnings")
    func elsewhere() async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(
                home,
                Self.flow(
                    """
                    echo "$T_DATA" | grep -q '"T_TOKEN":"\\*\\*\\*"'
                    echo "[T_RESULT] $T_TOKEN = x"
                    echo "A-$T_TOKEN=1" >>"$T_RESULT_FILE"
                    """, job: "outputs: [A]"))
            // It came past the look at `T_DATA`; what it wrote is quoted, masked.
            let job = try report.job()
            #expect(job.exitCode == 0, "\(report.error)")
            #expect(job.reason?.contains("'A-***'") == true, "\(job.reason ?? "")")
            #expect(report.error.contains("'***' is no name"), "\(report.error)")
            try await Self.expectNoTrace(home, report)
        }
    }

    @Test("an output with it, in any of its forms, fails the job", arguments: [value, base64])
    func output(form: String) async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(
                home,
                Self.flow(
                    "printf '[T_RESULT] A = x%sy\\n' \"$(\(Self.hidden(form)))\"",
                    job: "outputs: [A]"))
            #expect(report.code == 1)
            let job = try report.job()
            #expect(job.state == "failed")
            #expect(job.reason?.hasPrefix("secret-in-output") == true, "\(job.reason ?? "")")
            #expect(job.outputs.isEmpty)
            try await Self.expectNoTrace(home, report)
        }
    }

    @Test("a hook gets a handle that it cannot print, and may hand on")
    func hook() async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(
                home,
                Self.flow(
                    "test \"$T_COPY\" = \"$T_TOKEN\"; test ${#T_COPY} = \(Self.value.utf8.count)",
                    job: """
                        before: |
                          input.T_COPY = input.T_TOKEN
                          assert(not pcall(tostring, input.T_TOKEN))
                          assert(not pcall(function() return input.T_TOKEN .. "x" end))
                          assert(not pcall(log, input.T_TOKEN))
                        """))
            #expect(report.code == 0, "\(report.error)")
            try await Self.expectNoTrace(home, report)
        }
    }

    @Test("it may come from a file, without the line's end")
    func file() async throws {
        try await TestHome.busy { home in
            let file = "\(home.folder)/token"
            try await home.write("value-of-a-file\n", to: file)
            try await home.succeed(
                Self.flow("echo \"${#T_TOKEN} $T_TOKEN\""), ["--secret", "TOKEN=file:\(file)"])
            #expect(try await home.log() == "15 ***\n")
        }
    }

    @Test(
        "what is not a safe way to give one is refused, without repeating it",
        arguments: [
            ("the value itself", "TOKEN=hunter2hunter2", "hunter2"),
            ("a variable that is not set", "TOKEN=env:NOT_SET_ANYWHERE", ""),
            ("a file that is not there", "TOKEN=file:/no/such/file", ""),
            ("no name", "hunter2hunter2", "hunter2"),
            ("a secret that the file does not list", "OTHER=env:MY_TOKEN", ""),
            ("a value that is too short to be masked", "TOKEN=env:SHORT", ""),
        ])
    func refused(fact: String, word: String, secret: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Self.flow("true"), ["--secret", word],
                environment: ["MY_TOKEN": Self.value, "SHORT": "abc"])
            #expect(report.code == 64, "\(report.error)")
            if !secret.isEmpty { #expect(!report.error.contains(secret)) }
            #expect(try await home.slipway(["runs", "-o", "json"]).output == "[]\n")
        }
    }
}
