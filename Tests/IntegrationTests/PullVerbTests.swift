import Domain
import Glibc
import OCI
import Storage
import TestSupport
import Testing

/// `slipway image pull`, and runs that pull, against Debian's docker-registry.
struct PullVerbTests {
    private static func withRegistry(
        _ authorization: TestRegistry.Authorization = .none,
        _ body: (TestHome, TestRegistry, _ name: String) async throws -> Void
    ) async throws {
        try await TestHome.with { home in
            let folder = "\(home.folder)/registry"
            let archive = try Checkout.image("busybox")
            try await TestRegistry.serving(folder) { registry in
                try await registry.fill(
                    "docker-archive:\(archive)", "lib/box:1", in: home.folder)
            }
            try await TestRegistry.serving(folder, authorization) { registry in
                try await body(home, registry, "\(registry.host)/lib/box:1")
            }
        }
    }

    private static func workflow(_ component: String, _ more: String = "") -> String {
        """
        slipway: 1
        name: pulls
        stages:
          - name: work
            jobs:
              - name: it
                component: \(component)
                script: echo "it runs"
        \(more)
        """
    }

    @Test("pull, again, a second name, inspect, remove")
    func life() async throws {
        try await Self.withRegistry { home, _, name in
            let first = try await home.slipway(["image", "pull", "-o", "json", name])
            #expect(first.code == 0, "\(first.error)")
            #expect(first.error.contains("1 layer"))
            let pulled = try JSONParser.parse(first.output.utf8).arrayValue?.first
            #expect(pulled?["isNew"] == true)
            #expect(pulled?["received"] == pulled?["size"])
            let second = try await home.slipway(
                ["image", "pull", name, "--as", "box:9", "--progress", "quiet"])
            #expect(second.error.isEmpty)
            #expect(second.output.contains("library/box:9"))
            #expect(second.output.contains(pulled?["digest"]?.stringValue ?? "?"))
            let inspected = try await home.slipway(["image", "inspect", "bocks:9"])
            #expect(inspected.code == 3)
            #expect(inspected.error.contains("did you mean library/box:9?"))
            #expect(try await home.slipway(["image", "remove", name, "box:9"]).code == 0)
            #expect(try await home.blobs().isEmpty)
        }
    }

    @Test("what a pull may end with")
    func ends() async throws {
        try await Self.withRegistry(.password) { home, registry, name in
            let unknown = try await home.slipway(["image", "pull", name])
            #expect(unknown.code == 4)
            #expect(unknown.error.contains("podman login \(registry.host)"))
            try Files.makeFolders("\(home.path)/.docker")
            try Files.writeFile(
                "\(home.path)/.docker/config.json",
                #"{"auths":{"\#(registry.host)":{"auth":"YWRhOnNlY3JldA=="}}}"#.utf8)
            #expect(try await home.slipway(["image", "pull", name]).code == 0)
            let missing = try await home.slipway(["image", "pull", "\(registry.host)/lib/box:2"])
            #expect(missing.code == 3)
            #expect(missing.error.contains("did you mean \(name)?"))
            // Nobody listens at the discard port.
            let dead = try await home.slipway(["image", "pull", "127.0.0.1:9/a/b"])
            #expect(dead.code == 6)
            #expect(try await home.slipway(["image", "pull", "box:1"]).code == 64)
            #expect(try await home.slipway(["image", "pull", "a/b/C"]).code == 64)
            #expect(
                try await home.slipway(["image", "pull", "--platform", "linux/s390x", name]).code
                    == 2)
        }
    }

    @Test("TLS with an authority that the home's configuration names")
    func configured() async throws {
        try await TestHome.with { home in
            let folder = "\(home.folder)/registry"
            let authority = try await TestAuthority(in: "\(home.folder)/ca")
            let archive = try Checkout.image("busybox")
            try await TestRegistry.serving(folder) { registry in
                try await registry.fill(
                    "docker-archive:\(archive)", "lib/box:1", in: home.folder)
            }
            try await TestRegistry.serving(folder, tls: authority) { registry in
                let name = "\(registry.host)/lib/box:1"
                let untrusted = try await home.slipway(["image", "pull", name])
                #expect(untrusted.code == 2)
                #expect(untrusted.error.contains("config.yaml"))
                // An encrypted host is not spoken to plainly behind somebody's back.
                #expect(try await home.slipway(["image", "pull", "--plain-http", name]).code == 2)
                try Files.writeFile(
                    "\(home.path)/config.yaml",
                    "registries: {'\(registry.host)': {ca: \(authority.authority)}}\n".utf8)
                #expect(try await home.slipway(["image", "pull", name]).code == 0)
                try Files.writeFile(
                    "\(home.path)/config.yaml", "registries: {'\(registry.host)': {cb: x}}\n".utf8)
                let wrong = try await home.slipway(["image", "pull", name])
                #expect(wrong.code == 64)
                #expect(wrong.error.contains("did you mean 'ca'?"))
            }
        }
    }

    @Test("a run pulls what it lacks; `--pull` says otherwise")
    func run() async throws {
        try await Self.withRegistry { home, _, name in
            let file = try home.workflow(Self.workflow(name))
            let lint = try await home.slipway(["lint", "--images", file])
            #expect(lint.code == 0)
            #expect(lint.output.contains("warning[missing-component]"))
            #expect(lint.output.contains("a run pulls it"))
            let never = try await home.slipway(["run", "--pull", "never", file])
            #expect(never.code == 2)
            #expect(never.error.contains("slipway image pull \(name)"))
            let first = try await home.slipway(["run", file])
            #expect(first.code == 0, "\(first.error)")
            #expect(first.error.contains("pull \(name)"))
            let second = try await home.slipway(["run", file])
            #expect(second.code == 0)
            #expect(!second.error.contains("pull "))
            let always = try await home.slipway(["run", "--pull", "always", file])
            #expect(always.code == 0)
            #expect(always.error.contains("is here"))
        }
    }

    @Test("nothing is pulled for a workflow that lacks a component without a host")
    func notForNothing() async throws {
        try await Self.withRegistry { home, registry, name in
            let file = try home.workflow(
                Self.workflow(name, "      - {name: other, component: library/absent}"))
            let result = try await home.slipway(["run", file])
            #expect(result.code == 2)
            #expect(result.error.contains("library/absent"))
            #expect(
                result.error.contains("pull docker.io/library/absent --as library/absent"))
            #expect(try await home.blobs().isEmpty)
        }
    }

    @Test("a component that cannot be pulled is told with its line, and what to type without it")
    func unreachable() async throws {
        try await TestHome.with { home in
            // Nobody listens at the discard port.
            let name = "127.0.0.1:9/a/b:1"
            let file = try home.workflow(Self.workflow(name))
            let result = try await home.slipway(["run", file])
            #expect(result.code == 6)
            #expect(result.error.contains("\(file):7:20: \(name): "), "\(result.error)")
            #expect(result.error.contains("slipway image import FILE \(name)"))
        }
    }

    @Test("a lock file: written, kept, and nothing else is run")
    func lock() async throws {
        try await Self.withRegistry { home, registry, name in
            let file = try home.workflow(Self.workflow(name))
            #expect(try await home.slipway(["run", "--locked", file]).code == 64)
            let lock = try await home.slipway(["lock", file])
            #expect(lock.code == 0, "\(lock.error)")
            let text = try Files.readFile("\(file).lock", limit: 1 << 16)
            #expect(try await home.slipway(["lock", file]).output.contains("=  \(name)"))
            #expect(try Files.readFile("\(file).lock", limit: 1 << 16) == text)
            #expect(try await home.slipway(["lint", file]).error.contains("0 warnings"))
            // The tag means something else by now: the run takes what is written.
            try await registry.fill(
                "docker-archive:\(try Checkout.image("report"))", "lib/box:1", in: home.folder)
            let other = try TestHome(at: "\(home.folder)/other")
            let locked = try await other.slipway(["run", "--locked", "-o", "json", file])
            #expect(locked.code == 0, "\(locked.error)")
            #expect(locked.error.contains("@sha256:"))
            let digest = String(decoding: text, as: UTF8.self).split { " \n".contains($0) }
                .last { $0.hasPrefix("sha256:") }.map(String.init)
            func ran() async throws -> String? {
                let told = try await other.slipway(["explain", "work.it", "-o", "json"])
                return try JSONParser.parse(told.output.utf8)["images"]?.arrayValue?.first?[
                    "digest"]?
                    .stringValue
            }
            let first = try await ran()
            #expect(digest != nil && first == digest)
            // Without it, the tag is taken, whose component gives no output of a script.
            let moved = try await other.slipway(["image", "pull", name])
            #expect(moved.code == 0)
            #expect(try await other.slipway(["run", "--locked", file]).code == 0)
            let second = try await ran()
            #expect(second == digest)
            try Files.removeTree(try other.runtimePath())
        }
    }

    @Test("a lock file that does not fit: each difference is said")
    func lockDiffers() async throws {
        try await Self.withRegistry { home, registry, name in
            let file = try home.workflow(Self.workflow(name))
            #expect(try await home.slipway(["lock", file]).code == 0)
            _ = try home.workflow(Self.workflow("\(registry.host)/lib/box:latest"))
            let lint = try await home.slipway(["lint", file])
            #expect(lint.code == 0)
            #expect(lint.output.contains(":7:20: warning[lock-file]: the lock file does not have"))
            #expect(lint.output.contains("which the workflow does not use"))
            let run = try await home.slipway(["run", "--locked", file])
            #expect(run.code == 64)
            #expect(run.error.contains("+ \(registry.host)/lib/box:latest"))
            #expect(run.error.contains("- \(name)"))
            // A digest that nobody has.
            _ = try home.workflow(Self.workflow("library/gone"))
            let absent = "sha256:" + String(repeating: "a", count: 64)
            try Files.writeFile(
                "\(file).lock",
                "slipway-lock: 1\ncomponents:\n  library/gone: \(absent)\n".utf8)
            let gone = try await home.slipway(["run", "--locked", file])
            #expect(gone.code == 64)
            #expect(gone.error.contains("~ library/gone: locked to \(absent)"))
            try Files.writeFile("\(file).lock", "slipway-lock: 2\ncomponents: []\n".utf8)
            let broken = try await home.slipway(["lint", file])
            #expect(broken.code == 1)
            #expect(broken.output.contains("\(file).lock:1:15: error[invalid-version]"))
        }
    }

    @Test("a job for another platform is refused where nothing runs it")
    func foreignPlatform() async throws {
        let foreign = Platform.current.architecture == "amd64" ? "s390x" : "riscv64"
        // Where somebody installed an emulator for it, it would run.
        try #require(!BinaryFormats.emulated().contains(foreign))
        try await Self.withRegistry { home, _, name in
            let file = try home.workflow(
                Self.workflow(name, "        platform: linux/\(foreign)"))
            let result = try await home.slipway(["run", file])
            #expect(result.code == 2)
            #expect(result.error.contains("is for linux/\(foreign), which this machine"))
            #expect(try await home.blobs().isEmpty)
            // Of no consequence for a check.
            #expect(try await home.slipway(["lint", file]).code == 0)
            // This machine's own may be said.
            let own = try home.workflow(
                Self.workflow(name, "        platform: \(Platform.current)"), name: "own.yaml")
            #expect(try await home.slipway(["run", own]).code == 0)
        }
    }

    @Test("an interrupted pull is gone on with")
    func interrupted() async throws {
        // One that trickles, so that there is something to interrupt.
        let gate = "go"
        let layer = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
        try await TestHome.with { home in
            let flag = "\(home.folder)/\(gate)"
            let server = try TrickleRegistry(layer: layer, flag: flag)
            let name = "\(server.host)/a/b:1"
            let program = try home.start(["image", "pull", name])
            let part = try await eventually(within: .seconds(120)) { () -> Bool? in
                let folder = "\(home.path)/blobs/incoming"
                guard Files.exists(folder) else { return nil }
                let sizes = try Files.list(folder).compactMap {
                    try Files.status("\(folder)/\($0)")?.size
                }
                return sizes.contains { $0 >= 1 << 20 } ? true : nil
            }
            #expect(part == true)
            program.signal(SIGINT)
            let result = try await program.wait()
            #expect(result.code == 7)
            #expect(result.error.contains("goes on where this one was"))
            try Files.writeFile(flag, [])
            let second = try await home.slipway(["image", "pull", "-o", "json", name])
            #expect(second.code == 0, "\(second.error)")
            let pulled = try JSONParser.parse(second.output.utf8).arrayValue?.first
            let received = try #require(pulled?["received"]?.integerValue)
            #expect(received < layer.count)
            #expect(second.error.contains("goes on at"))
        }
    }
}
