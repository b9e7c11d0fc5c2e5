import Domain
import TestSupport
import Testing
import Workflows

@testable import Runs

/// What a Lua text reads of the tables that a hook sees.
struct LuaAccessTests {
    static let texts: [(String, [String])] = [
        (#"inputs.T_BRANCH ~= "docs""#, ["inputs.T_BRANCH"]),
        (#"jobs["build.compile"].VERSION == "7""#, [#"jobs["build.compile"].VERSION"#]),
        (#"jobs['a.b']["X-Y"]"#, [#"jobs["a.b"]["X-Y"]"#]),
        ("jobs[name].X", ["jobs"]),
        (#"jobs["a.b"].LIST[1]"#, [#"jobs["a.b"].LIST"#]),
        ("for k, v in pairs(jobs) do log(k) end", ["jobs"]),
        ("local x = t.jobs.y; t:run()", []),
        ("-- inputs.A\n--[[ inputs.B ]] return inputs.C", ["inputs.C"]),
        (#"return "inputs.A" .. [[inputs.B]] .. [==[ inputs.C ]] ]==]"#, []),
        (#"return 'it\'s inputs.A' .. env.B"#, ["env.B"]),
        ("input.A = inputs.B", ["inputs.B"]),
        ("input.A, input.B = inputs.C, 1", ["inputs.C"]),
        ("if input.A == 1 then input.A = input.B end", ["input.A", "input.B"]),
        ("f(input.A, input.B == 2)", ["input.A", "input.B"]),
        ("1..inputs.A", ["inputs.A"]), ("inputs", ["inputs"]), ("inputs.", ["inputs"]),
        ("", []), ("'inputs.A", []), ("[[inputs.A", []), ("--[[inputs.A", []),
    ]

    @Test("reads are found, with the keys that are written out", arguments: texts)
    func reads(source: String, expected: [String]) {
        let found = LuaAccess.all(in: Array(source.utf8), roots: UnknownValues.roots)
        #expect(found.map(\.text) == expected)
    }

    private static func request(_ source: String) -> HookRequest {
        HookRequest(
            name: "when", kind: .condition, source: source,
            readOnly: [
                "inputs": ["A": "x"], "run": ["state": "succeeded", "number": 1],
                "jobs": [
                    "a.b": ["X": "${a.b.X}", "Y": "known"],
                    "c.d": [
                        "L": ["${c.d[0].L}", "1"], "F": .string("sha256:\(LuaAccessTests.hex)"),
                    ],
                ],
            ], writable: nil, seed: 1)
    }

    private static let hex = String(repeating: "0a", count: 32)

    private static let values: UnknownValues = {
        var values = UnknownValues()
        values.add("a.b.X", as: UnknownValues.mark("a.b.X"))
        values.add("c.d[0].L", as: UnknownValues.mark("c.d[0].L"))
        values.add("c.d.F", as: "sha256:\(LuaAccessTests.hex)")
        return values
    }()

    static let guardedTexts: [(String, String)] = [
        (#"jobs["a.b"].X == "1""#, #"skip("slipway-unknown: a.b.X") == "1""#),
        (#"jobs["a.b"].Y == "1""#, #"jobs["a.b"].Y == "1""#),
        (#"jobs["a.b"]"#, #"skip("slipway-unknown: a.b.X")"#),
        ("#jobs", "#skip(\"slipway-unknown: a.b.X, c.d.F, c.d[0].L\")"),
        (
            #"inputs.A == "x" and jobs["c.d"].L[2]"#,
            #"inputs.A == "x" and skip("slipway-unknown: c.d[0].L")[2]"#
        ),
        ("jobs\n  [\"c.d\"]\n  .F", "skip(\"slipway-unknown: c.d.F\")\n\n"),
        ("run.state", "run.state"),
        ("run.number > 3", #"skip("slipway-unknown: run.number") > 3"#),
        ("inputs.A", "inputs.A"),
    ]

    @Test(
        "a place that reads something unknown ends the hook, and only that", arguments: guardedTexts
    )
    func guards(source: String, expected: String) {
        #expect(Self.values.guarded(Self.request(source)).source == expected)
    }

    @Test("names are found within longer texts")
    func inTexts() {
        let text = "s ${a.b.X}, ${other}, sha256:\(Self.hex) ${c.d[0].L} sha256:00 ${"
        #expect(Self.values.names(in: text) == ["a.b.X", "c.d.F", "c.d[0].L"])
        #expect(UnknownValues().names(in: text) == [])
    }

    @Test("what a guarded hook says names what it depends on")
    func outcome() {
        #expect(
            UnknownValues.unknown(.skipped("slipway-unknown: a.b.X, c.d.F", log: []))
                == ["a.b.X", "c.d.F"])
        #expect(UnknownValues.unknown(.skipped("no branch", log: [])) == [])
        #expect(UnknownValues.unknown(.passed(true, log: [])) == [])
    }

    @Test("texts that are no Lua are split too", arguments: 0..<20)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sound = Array(
            "input.A, x = [==[ jobs ]==] .. 'a\\'b' -- c\njobs[\"a.b\"].X[1] ~= run.number".utf8)
        for _ in 0..<500 {
            let bytes = random.mutated(sound)
            var end = 0
            for token in LuaTokens.tokens(of: bytes) {
                #expect(token.range.lowerBound >= end && !token.range.isEmpty)
                end = token.range.upperBound
            }
            #expect(end <= bytes.count)
            _ = Self.values.guarded(Self.request(String(decoding: bytes, as: UTF8.self)))
        }
    }
}
