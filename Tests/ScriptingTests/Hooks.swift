import Domain
import Glibc
import Scripting

/// Short ways to evaluate a hook in real workers: this build's `slipway hook-worker`.
enum Hooks {
    static let workerPath: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, 4095)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return PathText.folder(of: path) + "/slipway"
    }()

    static func sandbox(width: Int = 1, milliseconds: Int = 1000) -> LuaSandbox {
        LuaSandbox(
            workerPath: workerPath, workerArguments: ["hook-worker"], width: width,
            limits: LuaLimits(timeMilliseconds: milliseconds))
    }

    /// For tests that leave no trace in it; generous, since machines that test are busy.
    static let shared = sandbox(width: 2, milliseconds: 10_000)

    /// What the tables of tests can see.
    static let data: [String: JSONValue] = [
        "inputs": [
            "A": "x", "LIST": [3, .null, "b"], "EMPTY": [], "OBJECT": [:], "NULL": .null,
            "DEEP": ["L": [["K": 1]]], "TOKEN": ["$secret": "TOKEN"],
        ],
        "run": ["number": 5], "shard": .null,
    ]

    static func expression(_ source: String, seed: UInt64 = 1) async -> LuaOutcome {
        await shared.evaluate(
            LuaRequest(
                name: "job when", kind: .expression, source: source, readOnly: data, seed: seed))
    }

    /// `input` is the writable table.
    static func chunk(
        _ source: String, input: [String: JSONValue] = [:], in sandbox: LuaSandbox = shared
    ) async -> LuaOutcome {
        await sandbox.evaluate(
            LuaRequest(
                name: "job before", kind: .chunk, source: source, readOnly: data,
                writable: ("input", input), seed: 1))
    }

    static func value(_ source: String) async -> JSONValue? {
        guard case .passed(let value, _) = await expression(source) else { return nil }
        return value
    }

    static func failure(_ source: String) async -> String? {
        guard case .failed(let why, _) = await chunk(source) else { return nil }
        return why
    }
}
