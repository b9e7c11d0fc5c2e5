import CLinux
import Glibc
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// What another process finds of an attempt, wherever the first one was killed.
struct AdoptionTests {
    /// The executor of a process that comes after.
    private static func next(_ home: ExecutorHome, bootID: String? = nil) -> OCIExecutor {
        OCIExecutor(
            home: home.home, blobs: home.blobs, now: home.executor.now,
            bootID: bootID ?? OCIExecutor.bootOfThisMachine,
            warn: { Issue.record("\($0)") })
    }

    /// Takes an attempt through its start, with a program in the place of the runtime.
    private static func launch(
        _ home: ExecutorHome, _ request: AttemptRequest, runtime script: String
    ) async throws {
        let path = "\(home.home.path)/runtime"
        try Files.writeFile(path, "#!/bin/sh\n\(script)\n".utf8, mode: 0o755)
        let found = try Tools.find()
        let tools = Tools(runtime: path, conmon: found.conmon)
        let executor = home.executor
        let image = try await executor.layers.image(request.image, stop: StopFlag())
        let content = try await executor.lay(request, StopFlag())
        let folder = AttemptFolder(request.id, home: home.home)
        let users = try executor.users(of: request, folder)
        _ = try executor.launch(
            request, folder, users, image, content, [], tools, StopFlag())
    }

    private static let doesNotStart =
        "case \" $* \" in *\" start \"*) exit 0;; esac\nexec runc \"$@\""

    /// Called as the runtime is, since an attempt's tools are known by that.
    private static let holdsUp = """
        export HOLD="$(dirname "$0")/fifo" && mkfifo "$HOLD"
        exec bash -c 'exec -a runc bash -c "read -r x <>\\"$HOLD\\"" "$@"' x "$@"
        """

    private static func log(_ executor: OCIExecutor, _ handle: AttemptHandle) async throws
        -> [String]
    {
        let source = executor.logs(handle).job
        var lines: [String] = []
        while true {
            let chunks = try await source.next()
            if chunks.isEmpty { return lines }
            lines += chunks.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
    }

    private static func expectGone(_ home: ExecutorHome, _ executor: OCIExecutor) async throws {
        await executor.settle()
        #expect(try home.leftovers() == [])
        let isGone: Bool? = try await eventually(within: .seconds(5)) {
            let found = try await Program.run("/usr/bin/pgrep", ["-f", "\(home.id())"])
            return found.output.isEmpty ? true : nil
        }
        #expect(isGone == true)
    }

    @Test("a container that was created and not started is started, once")
    func created() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("echo ran; sleep 0.2; echo over")
            try await Self.launch(home, request, runtime: Self.doesNotStart)
            let executor = Self.next(home)
            let handle = try #require(try await executor.adopt(request))
            #expect(try await Self.log(executor, handle) == ["ran", "over"])
            #expect(try await executor.collect(handle).ending == .exited(code: 0))
            executor.dispose(request.id)
            try await Self.expectGone(home, executor)
        }
    }

    @Test("a container that was not started, and that nobody holds any more, begins anew")
    func unheld() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("echo ran")
            try await Self.launch(home, request, runtime: Self.doesNotStart)
            let folder = AttemptFolder(request.id, home: home.home)
            let conmon = try #require(try AttemptFolder.pid(in: folder.conmonPidPath))
            kill(conmon, SIGKILL)
            let isDead: Bool? = try await eventually { slipway_is_alive(conmon) == 0 ? true : nil }
            #expect(isDead == true)
            let executor = Self.next(home)
            #expect(try await executor.adopt(request) == nil)
            try await Self.expectGone(home, executor)
            #expect(try await home.run(request).log == "ran")
        }
    }

    @Test(
        "an attempt whose container was not created is taken away, with what creates it",
        arguments: [true, false])
    func uncreated(isHeldUp: Bool) async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("echo ran")
            let start = Task {
                try await Self.launch(
                    home, request, runtime: isHeldUp ? Self.holdsUp : "exit 1")
            }
            let folder = AttemptFolder(request.id, home: home.home)
            let isUnderWay: Bool? = try await eventually {
                Files.exists(isHeldUp ? folder.conmonPidPath : folder.bundlePath) ? true : nil
            }
            #expect(isUnderWay == true)
            if !isHeldUp { await #expect(throws: ExecutorError.self) { try await start.value } }
            let executor = Self.next(home)
            #expect(try await executor.adopt(request) == nil)
            if isHeldUp { await #expect(throws: (any Error).self) { try await start.value } }
            try await Self.expectGone(home, executor)
        }
    }

    @Test("what has ended is gathered as often as it is asked for, until it is disposed of")
    func gathered() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request(
                "echo said; echo made >x", produces: [ProducedArtifact(name: "x", path: "x")])
            let (log, first) = try await home.gather(request)
            #expect(log == "said")
            let executor = Self.next(home)
            let handle = try #require(try await executor.adopt(request))
            #expect(try await Self.log(executor, handle) == ["said"])
            let second = try await executor.collect(handle)
            #expect(second.ending == .exited(code: 0))
            #expect(second.artifacts == first.artifacts)
            // It ended then, not when it was found.
            #expect(second.endedAt == first.endedAt)
            executor.dispose(request.id)
            try await Self.expectGone(home, executor)
            #expect(try await executor.adopt(request) == nil)
        }
    }

    @Test("after a restart of the machine an attempt is lost, and nobody else is hurt")
    func restarted() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("echo said; sleep 1000.5")
            let handle = try await home.executor.start(request)
            let folder = AttemptFolder(request.id, home: home.home)
            let hasSaid: Bool? = try await eventually {
                RawLog.lastLines(of: folder.rawLogPath, count: 1) == ["said"]
                    ? true : nil
            }
            #expect(hasSaid == true)
            // The machine goes down: no process, no mount, and /run is empty.
            let conmon = try #require(try AttemptFolder.pid(in: folder.conmonPidPath))
            kill(conmon, SIGKILL)
            try home.executor.endContainers(folder)
            try folder.unmount()
            try Files.removeTree(folder.mountsPath)
            try Files.removeTree(home.executor.runtimeRoot)
            // The pids belong to others now, one even to a namesake.
            let stranger = try Program(
                "/bin/sh", ["-c", "sleep 1000.5; : \(request.id)"])
            for path in [folder.conmonPidPath, folder.containerPidPath] {
                try Files.writeFile(path, "\(stranger.pid)".utf8)
            }
            _ = handle
            let executor = Self.next(home, bootID: "another")
            let found = try #require(try await executor.adopt(request))
            await executor.cancel(found, grace: .zero)
            #expect(try await Self.log(executor, found) == ["said"])
            let result = try await executor.collect(found)
            #expect(result.ending == .lost("the machine was restarted while it ran"))
            executor.dispose(request.id)
            await executor.settle()
            #expect(try home.leftovers() == [])
            #expect(slipway_is_alive(stranger.pid) == 1)
            kill(-stranger.pid, SIGKILL)
            _ = try await stranger.wait()
        }
    }

    @Test("an attempt that had ended by force before its process died is lost, not failed")
    func stopped() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request(
                "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done")
            let handle = try await home.executor.start(request)
            let folder = AttemptFolder(request.id, home: home.home)
            let isReady: Bool? = try await eventually {
                RawLog.lastLines(of: folder.rawLogPath, count: 1) == ["ready"]
                    ? true : nil
            }
            #expect(isReady == true)
            await home.executor.cancel(handle, grace: .seconds(10))
            #expect(try await home.executor.collect(handle).ending == .exited(code: 9))
            let executor = Self.next(home)
            let found = try #require(try await executor.adopt(request))
            #expect(
                try await executor.collect(found).ending
                    == .lost("slipway stopped it, and ended before that was recorded"))
            executor.dispose(request.id)
            try await Self.expectGone(home, executor)
        }
    }

    @Test("an attempt that ran too long is gathered where it had ended before")
    func expired() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request(
                "dd if=/dev/zero of=big bs=1 count=0 seek=400M 2>/dev/null",
                produces: [ProducedArtifact(name: "big", path: "big")])
            let handle = try await home.executor.start(request)
            // Its log is over when it is.
            #expect(try await Self.log(home.executor, handle) == [])
            async let collected = home.executor.collect(handle)
            // In the midst of that, but where it is over before anybody looks.
            let _: Bool? = try await eventually(within: .zero) {
                try Files.list("\(home.home.blobsPath)/tmp").contains { $0.hasPrefix("blob-") }
                    ? true : nil
            }
            await home.executor.expire(handle, grace: .zero)
            #expect(try await collected.artifacts["big"]?.size == 400 << 20)
            home.executor.dispose(request.id)
            await home.executor.settle()
        }
    }
}
