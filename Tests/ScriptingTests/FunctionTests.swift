import Domain
import Scripting
import Testing

/// The functions that hooks get from us.
struct FunctionTests {
    @Test(
        "an expression gives its value",
        arguments: [
            ("1 + 1", 2), ("3.0", .number(3)), ("-0.5e3", .number(-500)),
            ("math.mininteger", .integer(.min)), ("inputs.A ~= \"docs\"", true), ("nil", .null),
            ("inputs.MISSING", .null), ("(select(2, 1, 2))", 2), ("\"a\" -- comment", "a"),
            ("1\n+\n1\n", 2),
            ("\"\\u{1F600}\\0\"", "\u{1F600}\0"), ("{}", [:]), ("{1, \"b\"}", [1, "b"]),
            ("{a = {b = 1}}", ["a": ["b": 1]]), ("json.null", .null),
            ("{1, json.null}", [1, .null]), ("run.number", 5), ("shard", .null),
            ("contains({\"a\", \"b\"}, \"b\")", true), ("contains({\"a\"}, \"b\")", false),
            ("contains(inputs.LIST, json.null)", true), ("contains(inputs.LIST, 3)", true),
            ("contains(inputs.LIST, \"3\")", false), ("contains(\"abc\", \"bc\")", true),
            ("contains(\"abc\", \".\")", false), ("contains(\"a\\0b\", \"b\")", true),
            ("matches(\"v1.2\", \"^v%d\")", true), ("matches(\"x\", \"^v%d\")", false),
            (
                "json.encode({b = {1, 2.5, json.null}, a = \"\\n\"})",
                #"{"a":"\n","b":[1,2.5,null]}"#
            ),
            ("json.decode(\"[1, {\\\"a\\\": null, \\\"b\\\": []}]\")", [1, ["b": []]]),
            ("json.encode(json.decode(\"[]\")) .. json.encode({})", "[]{}"),
            ("pcall(error, \"x\")", false), ("select(2, pcall(error, \"x\"))", "x"),
            ("select(\"#\", pcall(function() return 1, 2 end))", 3),
            ("tostring(json.null)", "null"), ("type(json.null)", "userdata"),
        ] as [(String, JSONValue)])
    func expressions(source: String, value: JSONValue) async {
        #expect(await Hooks.expression(source) == .passed(value, log: []))
    }

    @Test(
        "a chunk gives its writable table",
        arguments: [
            ("", ["A": "1"]), ("input.A = nil", [:]),
            (
                "input.B = inputs.DEEP",
                [
                    "A": "1", "B": ["L": [["K": 1]]],
                ]
            ),
            ("input.A = inputs.LIST", ["A": [3, .null, "b"]]),
            ("input.A = inputs.EMPTY", ["A": []]), ("input.A = inputs.OBJECT", ["A": [:]]),
            ("input.A = json.null", ["A": .null]), ("return 5", ["A": "1"]),
            ("x = 1; input.A = x + _G.x", ["A": 2]),
            ("for k in pairs(input) do input[k] = nil end", [:]),
        ] as [(String, [String: JSONValue])])
    func chunks(source: String, value: [String: JSONValue]) async {
        #expect(
            await Hooks.chunk(source, input: ["A": "1"]) == .passed(.object(value), log: []))
    }

    @Test("without a writable table a chunk gives an empty object")
    func nothingWritable() async {
        let request = LuaRequest(name: "stage a after", kind: .chunk, source: "local x = 1")
        #expect(await Hooks.shared.evaluate(request) == .passed([:], log: []))
    }

    @Test(
        "fail and skip end the hook, and nothing catches them",
        arguments: [
            ("fail(\"no\")", .failed("no", log: [])), ("fail()", .failed("failed", log: [])),
            ("fail({1})", .failed("[1]", log: [])), ("skip(\"s\")", .skipped("s", log: [])),
            ("skip()", .skipped("skipped", log: [])),
            ("pcall(fail, \"no\"); skip(\"s\")", .failed("no", log: [])),
            ("pcall(pcall, skip, \"s\"); fail(\"no\")", .skipped("s", log: [])),
            (
                "log(1); pcall(function() log(2); fail(\"no\") end); log(3)",
                .failed("no", log: ["1", "2"])
            ),
            ("table.sort({2, 1}, function() fail(\"no\") end)", .failed("no", log: [])),
            ("(\"x\"):gsub(\".\", function() skip(\"s\") end)", .skipped("s", log: [])),
        ] as [(String, LuaOutcome)])
    func endings(source: String, outcome: LuaOutcome) async {
        #expect(await Hooks.chunk(source) == outcome)
    }

    @Test("log takes anything, and is bounded in lines and length")
    func log() async {
        let first = "log(1, \"a\", {b = 1}, nil, true) print(\"p\") log(\"\\xff\")"
        #expect(
            await Hooks.chunk(first)
                == .passed([:], log: ["1 a {\"b\":1} nil true", "p", "\u{fffd}"]))
        let many = "for i = 1, 103 do log((\"é\"):rep(3000)) end"
        guard case .passed(_, let lines) = await Hooks.chunk(many) else {
            Issue.record("the hook did not pass")
            return
        }
        #expect(lines.count == 101)
        #expect(lines.first == String(repeating: "é", count: 2048) + "…")
        #expect(lines.last == "(3 more lines)")
    }

    @Test("random numbers are fixed by the seed")
    func random() async {
        let source = "math.random(1 << 30) .. \" \" .. math.random()"
        let first = await Hooks.expression(source, seed: 7)
        #expect(await Hooks.expression(source, seed: 7) == first)
        #expect(await Hooks.expression(source, seed: .max) != first)
    }

    @Test("pairs goes in the order of keys")
    func order() async {
        let source = """
            local t = {z = 1, a = 1, ["a\\0"] = 1, [2] = 1, [1] = 1, [-1] = 1}
            t[1.5], t[true] = 1, 1
            for key in pairs(t) do log(key) end
            for key, value in pairs({a = 1, b = 2}) do input[key] = value end
            """
        #expect(
            await Hooks.chunk(source)
                == .passed(
                    ["a": 1, "b": 2], log: ["-1", "1", "2", "a", "a\0", "z", "1.5", "true"]))
    }
}
