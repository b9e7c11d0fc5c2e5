import Domain
import OCI
import Storage
import TestSupport
import Testing

/// Images whose places for mounts are links: whoever mounts must not be led out of the root
/// (CVE-2019-19921, CVE-2021-30465, CVE-2025-31133 and their kin).
struct MountTargetAttackTests {
    /// A place that an image turns into a link to a folder of the machine, or into something else.
    static let places = [
        "proc", "sys", "dev", "slipway", "slipway/work", "slipway/artifacts", "slipway/secrets",
        "slipway/result", "slipway/source", "etc", "etc/hosts", "etc/resolv.conf", "dev/null",
        "dev/pts", "dev/shm", "tmp",
    ]

    /// What such a place is instead, with a folder of the machine given.
    enum Trick: String, CaseIterable, Sendable {
        case link, linkUp, linkToProc, file

        func put(_ place: String, _ outside: String, in layer: inout RawTar) {
            switch self {
            case .link: layer.link(place, to: outside)
            case .linkUp:
                layer.link(place, to: String(repeating: "../", count: 8) + outside.dropFirst())
            case .linkToProc: layer.link(place, to: "/proc/self/fd/5/../..")
            case .file: layer.file(place, "a file\n")
            }
        }
    }

    @Test(
        "links in the places of mounts lead nothing out of the container",
        arguments: Trick.allCases.map { (AttackSandbox.standard, $0) } + [
            (.gvisor, Trick.link)
        ])
    func led(sandbox: AttackSandbox, trick: Trick) async throws {
        try await TestHome.busy { home in
            // Links in an archive have room for 100 bytes.
            let outside = try Files.makeTemporaryFolder(prefix: "/tmp/out")
            for folder in ["/work", "/fd", "/self"] { try Files.makeFolders(outside + folder) }
            for name in ["hosts", "resolv.conf", "null", "result", "sysrq-trigger"] {
                try Files.writeFile("\(outside)/\(name)", "alive\n".utf8, mode: 0o666)
            }
            var jobs: [String] = []
            for (index, place) in Self.places.enumerated() {
                try await HostileImage(home).make("led-\(index):1") {
                    trick.put(place, outside, in: &$0)
                }
                let service = "services: {s: {component: led-\(index):1, command: [sleep, \"60\"]}}"
                jobs.append(
                    Flow.job(
                        "j\(index)",
                        "for d in /slipway/work /tmp /etc; do echo x >$d/x || true; done",
                        "secret-files: {KEY: secrets.KEY}\n"
                            // gVisor has no services.
                            + (sandbox.sharesKernel && place.hasPrefix("etc") ? service : "")
                            + "\n\(sandbox.keys)"
                    ).replacing("component: busybox", with: "component: led-\(index):1"))
            }
            jobs.append(
                Flow.job("plain", "true", "secret-files: {KEY: secrets.KEY}\n\(sandbox.keys)"))
            let before = try await Self.snapshot(outside)
            try await MachineFacts.stay {
                let report = try await home.run(
                    Flow.stages(
                        [Flow.stage("work", "run: parallel", jobs: jobs)], file: "secrets: [KEY]"),
                    ["--secret", "KEY=env:KEY"], environment: ["KEY": "value-of-the-key"])
                #expect(try report.job("work.plain").state == "succeeded")
                for index in Self.places.indices {
                    let state = try report.job("work.j\(index)").state ?? "none"
                    #expect(
                        ["succeeded", "failed", "errored"].contains(state), Comment(rawValue: state)
                    )
                }
            }
            #expect(try await Self.snapshot(outside) == before)
            let mounts = try Files.readFile("/proc/mounts", limit: 1 << 24)
            #expect(!String(decoding: mounts, as: UTF8.self).contains(outside))
            try Files.removeTree(outside)
        }
    }

    private static func snapshot(_ folder: String) async throws -> String {
        try await Program.run(
            "/bin/sh",
            [
                "-c",
                "cd '\(folder)' && find . | sort | xargs stat -c '%n %a %u %s %Y' && cat hosts null",
            ]
        ).output
    }
}
