import Domain
import Scripting
import Testing

/// A secret is an opaque handle: it can be handed on, and neither seen nor made.
struct SecretTests {
    @Test(
        "a secret cannot be printed",
        arguments: [
            "local x = tostring(inputs.TOKEN)", "local x = \"a\" .. inputs.TOKEN",
            "local x = inputs.TOKEN .. \"a\"", "local x = inputs.TOKEN .. inputs.TOKEN",
            "local x = (\"%s\"):format(inputs.TOKEN)", "local x = json.encode(inputs.TOKEN)",
            "local x = json.encode({inputs.TOKEN})", "local x = json.encode(inputs)",
            "log(inputs.TOKEN)", "print(\"t\", inputs.TOKEN)", "log(inputs)", "error(inputs.TOKEN)",
            "error(inputs.TOKEN, 0)", "assert(false, inputs.TOKEN)", "fail(inputs.TOKEN)",
            "skip(inputs.TOKEN)", "fail({inputs.TOKEN})",
        ])
    func unprintable(source: String) async {
        #expect(await Hooks.failure(source) == "job before:1: a secret cannot be printed")
    }

    @Test(
        "nothing else looks into a secret",
        arguments: [
            "table.concat({inputs.TOKEN})", "inputs.TOKEN.x", "inputs.TOKEN[1]", "#inputs.TOKEN",
            "inputs.TOKEN < \"a\"", "inputs.TOKEN < inputs.TOKEN", "inputs.TOKEN + 1",
            "inputs.TOKEN()", "string.byte(inputs.TOKEN)", "string.rep(inputs.TOKEN, 1)",
            "(\"x\"):gsub(\"x\", {x = inputs.TOKEN})", "contains(inputs.TOKEN, \"T\")",
            "contains(\"TOKEN\", inputs.TOKEN)", "matches(inputs.TOKEN, \".\")",
            "json.decode(inputs.TOKEN)", "string.format(\"%d\", inputs.TOKEN)",
            "string.format(\"%q\", inputs.TOKEN)", "pairs(inputs.TOKEN)", "next(inputs.TOKEN)",
            "utf8.len(inputs.TOKEN)", "{[inputs.TOKEN] = 1}", "math.floor(inputs.TOKEN)",
        ])
    func opaque(source: String) async {
        guard case .failed(let why, _) = await Hooks.expression(source) else {
            Issue.record("it passed")
            return
        }
        #expect(!why.contains("$secret"))
        #expect(why.hasPrefix("job when:"))
    }

    @Test(
        "what may be asked of a secret says nothing",
        arguments: [
            ("inputs.TOKEN == \"TOKEN\"", false), ("type(inputs.TOKEN)", "userdata"),
            ("tonumber(inputs.TOKEN)", .null), ("contains({\"TOKEN\"}, inputs.TOKEN)", false),
            ("select(2, pcall(tostring, inputs.TOKEN))", "a secret cannot be printed"),
        ] as [(String, JSONValue)])
    func harmless(source: String, value: JSONValue) async {
        #expect(await Hooks.expression(source) == .passed(value, log: []))
    }

    @Test("a secret can be handed on, from both kinds of table")
    func handedOn() async {
        let outcome = await Hooks.chunk(
            "input.B = inputs.TOKEN; input.C = {inputs.TOKEN}; input.D = input.A",
            input: ["A": ["$secret": "OTHER"]])
        #expect(
            outcome
                == .passed(
                    [
                        "A": ["$secret": "OTHER"], "B": ["$secret": "TOKEN"],
                        "C": [["$secret": "TOKEN"]], "D": ["$secret": "OTHER"],
                    ], log: []))
    }

    @Test(
        "a hook cannot make a secret",
        arguments: [
            ("input.X = {[\"$secret\"] = \"TOKEN\"}", "input.X: "),
            ("input.X = {{a = {[\"$secret\"] = \"TOKEN\", b = 1}}}", "input.X: "),
            ("input.X = json.decode('{\"$secret\": \"TOKEN\"}')", "input.X: "),
            ("input.X = {[\"$secret\"] = {1}}", "input.X: "),
            ("input[\"$secret\"] = \"TOKEN\"", "input: "),
        ])
    func unforgeable(source: String, place: String) async {
        let why = await Hooks.failure(source)
        #expect(
            why == "job before: \(place)the name '$secret' is reserved: a hook cannot make a secret"
        )
    }

    @Test("only the exact object is a secret")
    func exact() async {
        let outcome = await Hooks.shared.evaluate(
            LuaRequest(
                name: "n", kind: .expression,
                source: "type(a) .. type(b) .. type(c)",
                readOnly: [
                    "a": ["$secret": 1], "b": ["$secret": "X", "y": 1], "c": ["$secret": "X"],
                ]))
        #expect(outcome == .passed("tabletableuserdata", log: []))
    }
}
