import Domain
import Storage
import TestSupport
import Testing

/// A component has nothing of ours inside: it runs under any container tool (DESIGN §1).
struct PlainPodmanTests {
    @Test("the report component prints the same under plain podman")
    func report() async throws {
        let inputs = ["T_TITLE": "A \"title\"", "T_PASSED": "[3, 4]", "T_STATE": "fine"]
        try await TestHome.busy(["report"]) { home in
            let table = inputs.sorted { $0.key < $1.key }
                .map { "\($0.key): '\($0.value)'" }.joined(separator: ", ")
            let run = try await home.succeed(
                Flow.stages([
                    "- name: work\n  jobs:\n    - {name: it, component: report:1, "
                        + "inputs: {\(table)}, outputs: [PASSED, FAILED, SUMMARY]}"
                ]))
            let outputs = try run.job().outputs
            #expect(outputs["PASSED"] == "7")
            #expect(outputs["SUMMARY"] == "A \"title\": fine, 7 passed, 0 failed")
            let printed = try await Podman.with(home.folder, archive: "report") { podman in
                try await podman.run(inputs)
            }
            try #require(printed.code == 0, "\(printed.error)")
            #expect(try await home.log() == printed.output)
        }
    }
}

/// Podman with a store of its own, which is gone afterwards.
private struct Podman {
    let folder: String
    let image: String

    static func with<Value>(
        _ folder: String, archive: String, _ body: (Podman) async throws -> Value
    ) async throws -> Value {
        // Limits that a process without CAP_SYS_RESOURCE may set.
        try Files.writeFile(
            "\(folder)/containers.conf",
            """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            [engine]
            runtime = "runc"
            cgroup_manager = "cgroupfs"
            events_logger = "file"

            """.utf8)
        let store = Podman(folder: folder, image: "")
        do {
            let loaded = try await store.podman(["load", "-q", "-i", try Checkout.image(archive)])
            try #require(loaded.code == 0, "\(loaded.error)")
            let images = try await store.podman(["images", "-q"])
            let value = try await body(
                Podman(folder: folder, image: String(images.output.prefix { $0 != "\n" })))
            try await store.reset()
            return value
        } catch {
            try await store.reset()
            throw error
        }
    }

    func run(_ inputs: [String: String]) async throws -> ProgramResult {
        let variables = inputs.flatMap { ["-e", "\($0.key)=\($0.value)"] }
        return try await podman(["run", "--rm", "--network", "none"] + variables + [image])
    }

    private func podman(_ words: [String]) async throws -> ProgramResult {
        try await Program.run(
            "/usr/bin/podman",
            ["--root", "\(folder)/store", "--runroot", "\(folder)/store-run"] + words,
            environment: [
                "CONTAINERS_CONF": "\(folder)/containers.conf", "HOME": folder,
                "TMPDIR": folder,
            ])
    }

    private func reset() async throws {
        let result = try await podman(["system", "reset", "--force"])
        #expect(result.code == 0, "\(result.error)")
    }
}
