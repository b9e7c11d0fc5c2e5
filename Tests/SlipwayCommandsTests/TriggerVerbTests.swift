import TestSupport
import Testing

/// What the command line says of `on`.
struct TriggerVerbTests {
    private static func flow(_ zone: String) -> String {
        """
        slipway: 1
        name: demo
        stages:
          - name: begin
            type: start
            on:
              push: {branches: ['"x"\\\\<b>'], paths: ["src/**"]}
              schedule: [{cron: "0 3 * * 1", timezone: \(zone)}]
          - {name: build, jobs: [{name: it, component: busybox}]}
        """
    }

    @Test("lint asks this machine's database (package tzdata) for a time zone")
    func zone() async throws {
        try await TestHome.with { home in
            let good = try await home.slipway(
                ["lint", try home.workflow(Self.flow("Europe/Berlin"))])
            #expect(good.code == 0, "\(good.output)")
            for zone in ["Europe/Berln", "Europe", "zone.tab/x"] {
                let bad = try await home.slipway(["lint", try home.workflow(Self.flow(zone))])
                #expect(bad.code == 1)
                #expect(bad.output.contains("error[invalid-time-zone]"), "\(bad.output)")
                if zone == "Europe/Berln" {
                    #expect(bad.output.contains("did you mean 'Europe/Berlin'?"))
                }
            }
        }
    }

    @Test(
        "graph shows what starts a run, and no pattern ends its text",
        arguments: [
            ("text", #"├ push to "x"\\<b> that changes src/**"#),
            ("dot", #"push to \"x\"\\\\<b> that changes src/**\nschedule 0 3 * * 1 UTC"#),
            ("mermaid", ##"push to #quot;x#quot;\\#lt;b#gt; that changes src/**<br>schedule"##),
            ("json", #""on":["push to \"x\"\\\\<b> that changes src/**","schedule"#),
        ])
    func graph(format: String, expected: String) async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Self.flow("UTC"))
            let result = try await home.slipway(["graph", "-o", format, file])
            #expect(result.code == 0, "\(result.error)")
            #expect(result.output.contains(expected), "\(result.output)")
        }
    }
}
