import Domain
import Glibc
import Scripting
import Storage
import TestSupport
import Testing

/// Limits hold, and a lost worker harms one hook only.
struct LimitTests {
    static let isSlow = "time limit: ran longer than 500ms"

    @Test(
        "the time limit holds, also inside C and where errors are caught",
        arguments: [
            "while true do end",
            "pcall(function() while true do end end)",
            "while true do pcall(function() while true do end end) end",
            "(\"a\"):rep(50):find((\"a*\"):rep(20) .. \"b\")",
            "matches((\"a\"):rep(50), (\"a*\"):rep(20) .. \"b\")",
            "local x = (\"\"):rep(1 << 62)",
            "table.sort({3, 2, 1}, function() while true do end end)",
            "for i = 1, 1 << 60 do log(i) end",
        ])
    func time(source: String) async {
        let sandbox = Hooks.sandbox(milliseconds: 500)
        #expect(await Hooks.chunk("input.A = 1", in: sandbox) == .passed(["A": 1], log: []))
        guard case .failed(Self.isSlow, _) = await Hooks.chunk(source, in: sandbox) else {
            Issue.record("no time limit in \(source)")
            return
        }
        #expect(await Hooks.chunk("input.A = 1", in: sandbox) == .passed(["A": 1], log: []))
        await sandbox.shutdown()
    }

    @Test("a hook cannot give anything a finaliser or a closing method")
    func finalisers() async {
        #expect(
            await Hooks.failure("local x <close> = {}")
                == "job before:1: variable 'x' got a non-closable value")
        #expect(await Hooks.failure("setmetatable({}, {__gc = print})") != nil)
    }

    @Test(
        "the memory limit holds, also where errors are caught",
        arguments: [
            "local t = {} for i = 1, 1 << 40 do t[i] = i end", "local x = (\"x\"):rep(1 << 30)",
            "local s = \"x\" while true do s = s .. s end", "pcall(string.rep, \"x\", 1 << 30)",
            "local function f() return 1 + f() end f()",
            "local t = {} while true do t = {t, pcall(string.rep, \"x\", 1 << 20)} end",
        ])
    func memory(source: String) async {
        #expect(await Hooks.chunk(source) == .failed("memory limit: 16 MiB", log: []))
    }

    @Test("memory that is given back can be used again")
    func collection() async {
        let source = "for i = 1, 100 do local x = (\"x\"):rep(1 << 20) end input.A = 1"
        #expect(await Hooks.chunk(source) == .passed(["A": 1], log: []))
    }

    @Test("data beyond the limits fails the hook, not the worker")
    func data() async {
        let large = String(repeating: "x", count: 17 << 20)
        guard case .failed(let why, _) = await Hooks.chunk("", input: ["A": .string(large)]) else {
            Issue.record("it passed")
            return
        }
        #expect(why == "job before: the hook and its data exceed 16 MiB")
        let half = JSONValue.string(String(large.prefix(9 << 20)))
        #expect(
            await Hooks.chunk("", input: ["A": half]) == .failed("memory limit: 16 MiB", log: []))
        var deep: JSONValue = 1
        for _ in 0..<125 { deep = [deep] }
        guard case .failed(let depth, _) = await Hooks.chunk("", input: ["A": deep]) else {
            Issue.record("it passed")
            return
        }
        #expect(depth == "job before: json: nested deeper than 120 levels")
    }

    @Test("a worker that is killed loses its hook, which is not the hook's fault")
    func killed() async throws {
        let sandbox = Hooks.sandbox(milliseconds: 60_000)
        async let lost = Hooks.chunk("while true do end", in: sandbox)
        // One that has not got its hook yet would be replaced unseen.
        let isBusy: Bool? = try await eventually {
            try sandbox.workers.first.map { try Self.ticks(of: $0) >= 10 } == true ? true : nil
        }
        #expect(isBusy == true)
        for worker in sandbox.workers { kill(worker, SIGKILL) }
        #expect(await lost == .lost("the hook worker was lost (signal 9)"))
        #expect(await Hooks.chunk("input.A = 1", in: sandbox) == .passed(["A": 1], log: []))
        await sandbox.shutdown()
    }

    /// What a process has computed, in hundredths of a second (proc(5), `utime`).
    private static func ticks(of pid: Int32) throws -> Int {
        let line = String(
            decoding: try Files.readFile("/proc/\(pid)/stat", limit: 4096), as: UTF8.self)
        let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 11 ? Int(fields[11]) ?? 0 : 0
    }

    @Test("a worker that is killed between two hooks is replaced unseen")
    func killedWhileIdle() async throws {
        let sandbox = Hooks.sandbox()
        #expect(await Hooks.chunk("", in: sandbox) == .passed([:], log: []))
        let first = try #require(sandbox.workers.first)
        kill(first, SIGKILL)
        var status = unsafe siginfo_t()
        // Waits until it is gone, and leaves it for its owner to reap.
        #expect(unsafe waitid(P_PID, id_t(first), &status, WEXITED | WNOWAIT) == 0)
        #expect(await Hooks.chunk("", in: sandbox) == .passed([:], log: []))
        #expect(sandbox.workers.count == 1 && sandbox.workers != [first])
        await sandbox.shutdown()
    }

    @Test("workers are kept, at most as many as the pool is wide")
    func reuse() async {
        let sandbox = Hooks.sandbox(width: 2)
        await withTaskGroup { group in
            for index in 0..<40 {
                group.addTask {
                    let value = JSONValue.integer(Int64(index))
                    let outcome = await Hooks.chunk(
                        "input.B = input.A", input: ["A": value], in: sandbox)
                    #expect(outcome == .passed(["A": value, "B": value], log: []))
                }
            }
        }
        #expect((1...2).contains(sandbox.workers.count))
        await sandbox.shutdown()
        #expect(sandbox.workers.isEmpty)
    }

    @Test("after the end, and without a worker, hooks are lost with the reason")
    func reasons() async {
        let sandbox = Hooks.sandbox()
        await sandbox.shutdown()
        #expect(
            await Hooks.chunk("", in: sandbox)
                == .lost("the Lua sandbox is shut down"))
        for path in ["/nonexistent/slipway", "/bin/true", "/bin/cat"] {
            let broken = LuaSandbox(workerPath: path, workerArguments: ["/etc/hostname"])
            guard case .lost(let why) = await Hooks.chunk("", in: broken) else {
                Issue.record("\(path) passed")
                continue
            }
            #expect(why.hasPrefix("the hook worker did not start: "))
            await broken.shutdown()
        }
    }
}
