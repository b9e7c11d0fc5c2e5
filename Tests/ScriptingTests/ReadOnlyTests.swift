import Domain
import Scripting
import Testing

/// Read-only tables look like tables and cannot be changed.
struct ReadOnlyTests {
    @Test(
        "reading works as on any table",
        arguments: [
            ("type(inputs)", "table"), ("#inputs.LIST", 3), ("inputs.LIST[1]", 3),
            ("inputs.LIST[2] == json.null", true), ("inputs.NULL == nil", true),
            ("next(inputs.OBJECT)", .null), ("next(inputs.DEEP)", "L"),
            ("select(2, next(inputs.LIST))", 3), ("inputs.DEEP.L[1].K", 1),
            ("table.concat(json.decode('[\"a\",\"b\"]'), \"-\")", "a-b"),
            ("select(\"#\", table.unpack(inputs.LIST))", 3),
            ("(table.unpack(inputs.LIST, 3))", "b"),
            ("json.encode(inputs.DEEP)", "{\"L\":[{\"K\":1}]}"),
            ("inputs.DEEP == inputs.DEEP", true), ("inputs.DEEP.L", [["K": 1]]),
            ("#table.pack(table.unpack(inputs.LIST))", 3),
            ("table.concat(inputs.DEEP.L[1])", ""),
            ("(\"$A\"):gsub(\"%$(%w+)\", inputs)", "x"),
        ] as [(String, JSONValue)])
    func reads(source: String, value: JSONValue) async {
        #expect(await Hooks.expression(source) == .passed(value, log: []))
    }

    @Test("pairs and ipairs go through them in order")
    func iterates() async {
        let source = """
            for i, v in ipairs(inputs.LIST) do log(i, v) end
            for k, v in pairs(inputs.DEEP) do log(k, v) end
            for i, v in pairs(inputs.LIST) do log(i, v) end
            """
        let log = ["1 3", "2 null", "3 b", "L [{\"K\":1}]", "1 3", "2 null", "3 b"]
        #expect(await Hooks.chunk(source) == .passed([:], log: log))
    }

    @Test(
        "changing raises an error that names the variable",
        arguments: [
            "inputs.A = 1", "inputs.NEW = 1", "inputs.DEEP.L[1].K = 2", "inputs.LIST[4] = 1",
            "inputs.A = nil", "inputs = {}", "_G.inputs = 1", "table.insert(inputs.LIST, 1)",
            "table.remove(inputs.LIST)", "table.remove(inputs.LIST, 1)",
            "table.sort(inputs.LIST, function() return true end)",
            "table.move({1}, 1, 1, 1, inputs.LIST)",
            "for k, v in pairs(inputs) do inputs[k] = 1 end",
            "local _, list = next({inputs.LIST}) list[1] = 2",
        ])
    func refuses(source: String) async {
        #expect(await Hooks.failure(source) == "job before:1: inputs is read-only")
    }

    @Test("a caught error leaves the data as it was")
    func unchanged() async {
        let source = """
            pcall(table.insert, inputs.LIST, 9) pcall(table.remove, inputs.LIST, 1)
            pcall(function() inputs.A = 2 end)
            input.A, input.L = inputs.A, inputs.LIST
            """
        #expect(
            await Hooks.chunk(source) == .passed(["A": "x", "L": [3, .null, "b"]], log: []))
    }

    @Test("the writable table is filled, never replaced")
    func writable() async {
        #expect(
            await Hooks.failure("input = {}")
                == "job before:1: input cannot be replaced; set its members")
        #expect(await Hooks.failure("shard = 1") == "job before:1: shard is read-only")
    }
}
