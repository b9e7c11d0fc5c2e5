import CLinux
import Glibc
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// What happens when somebody takes away what a running attempt needs.
struct LossTests {
    /// Starts an attempt, does something to it once it runs, and gives its end.
    private static func lose(
        _ home: ExecutorHome, _ script: String, workspace: WorkspaceContent = .own,
        _ deed: (AttemptFolder) throws -> Void
    ) async throws -> AttemptResult.Ending {
        let request = try home.request("echo ready; \(script)", workspace: workspace)
        let handle = try await home.executor.start(request)
        let folder = AttemptFolder(request.id, home: home.home)
        let container = try #require(try AttemptFolder.pid(in: folder.containerPidPath))
        let isReady: Bool? = try await eventually {
            RawLog.lastLines(of: folder.rawLogPath, count: 1) == ["ready"]
                ? true : nil
        }
        #expect(isReady == true)
        try deed(folder)
        let result = try await home.executor.collect(handle)
        let isDead: Bool? = try await eventually {
            slipway_is_alive(container) == 0 ? true : nil
        }
        #expect(isDead == true)
        home.executor.dispose(request.id)
        home.executor.release(request.id.run)
        await home.executor.settle()
        #expect(try home.leftovers() == [])
        return result.ending
    }

    @Test("conmon is killed: the container is ended, and nobody knows how it would have ended")
    func monitor() async throws {
        try await ExecutorHome.with { home in
            let ending = try await Self.lose(home, "sleep 1000.5") { folder in
                let pid = try #require(try AttemptFolder.pid(in: folder.conmonPidPath))
                kill(pid, SIGKILL)
            }
            #expect(ending == .lost("conmon ended before the container did"))
        }
    }

    @Test("the container's first process is killed: that is its exit code")
    func firstProcess() async throws {
        try await ExecutorHome.with { home in
            let ending = try await Self.lose(home, "sleep 1000.5") { folder in
                let pid = try #require(try AttemptFolder.pid(in: folder.containerPidPath))
                kill(pid, SIGKILL)
            }
            #expect(ending == .exited(code: 137))
        }
    }

    @Test("its folder is removed")
    func folder() async throws {
        try await ExecutorHome.with { home in
            let path = AttemptFolder(home.id(), home: home.home).path
            let ending = try await Self.lose(home, "sleep 0.5") { folder in
                try Files.removeTree(folder.path)
            }
            #expect(ending == .lost("its folder '\(path)' was removed while it ran"))
        }
    }

    @Test("its working folder is removed", arguments: [WorkspaceContent.own, .shared(source: nil)])
    func workingFolder(workspace: WorkspaceContent) async throws {
        try await ExecutorHome.with { home in
            let path =
                workspace == .own
                ? AttemptFolder(home.id(), home: home.home).workUpperPath
                : SharedWorkspace(home.id().run, home: home.home).contentPath
            let ending = try await Self.lose(home, "sleep 0.5", workspace: workspace) { _ in
                try Files.removeTree(path)
            }
            #expect(ending == .lost("'\(path)' was removed while it ran"))
        }
    }

    @Test("its bundle is removed, which nothing needs any more")
    func bundle() async throws {
        try await ExecutorHome.with { home in
            let ending = try await Self.lose(home, "sleep 0.5; exit 3") { folder in
                try Files.removeTree(folder.bundlePath)
            }
            #expect(ending == .exited(code: 3))
        }
    }

    /// A runtime that is killed by one of its verbs.
    private static func tools(_ home: ExecutorHome, killedBy verb: String) throws -> Tools {
        let path = "\(home.home.path)/runtime"
        let script =
            "#!/bin/sh\ncase \" $* \" in *\" \(verb) \"*) kill -9 $$;; esac\nexec runc \"$@\"\n"
        try Files.writeFile(path, script.utf8, mode: 0o755)
        return Tools(runtime: path, conmon: try Tools.find().conmon)
    }

    @Test(
        "the runtime is killed while it creates or starts the container",
        arguments: [
            ("create", "'RUNTIME create', was killed"),
            ("start", "'RUNTIME start' was ended by signal 9"),
        ])
    func runtime(verb: String, words: String) async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("echo ran; sleep 1000.5")
            let tools = try Self.tools(home, killedBy: verb)
            let executor = OCIExecutor(
                home: home.home, blobs: home.blobs, now: home.executor.now, tools: { tools },
                warn: { Issue.record("\($0)") })
            do {
                _ = try await executor.start(request)
                Issue.record("it started")
            } catch ExecutorError.runtime(let why) {
                let expected = words.replacing("RUNTIME", with: tools.runtime)
                #expect(why.contains(expected), "\(why)")
            }
            executor.dispose(request.id)
            await executor.settle()
            #expect(try home.leftovers() == [])
            let isGone: Bool? = try await eventually(within: .seconds(5)) {
                let found = try await Program.run("/usr/bin/pgrep", ["-f", "\(request.id)"])
                return found.output.isEmpty ? true : nil
            }
            #expect(isGone == true)
        }
    }
}
