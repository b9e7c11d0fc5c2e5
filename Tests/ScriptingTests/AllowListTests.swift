import Domain
import Scripting
import Testing

/// What a hook can reach: exactly the allow-list.
struct AllowListTests {
    @Test(
        "the globals and the libraries are exactly these",
        arguments: [
            (
                "_G",
                """
                _G assert contains error fail ipairs json log matches math next pairs pcall print \
                select skip string table tonumber tostring type utf8
                """
            ),
            (
                "string",
                """
                byte char find format gmatch gsub len lower match pack packsize rep reverse sub \
                unpack upper
                """
            ),
            ("table", "concat insert move pack remove sort unpack"),
            (
                "math",
                """
                abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min \
                mininteger modf pi rad random sin sqrt tan tointeger type ult
                """
            ),
            ("utf8", "char charpattern codepoint codes len offset"),
            ("json", "decode encode null"),
        ])
    func globals(table: String, names: String) async {
        let source = """
            local names = {}
            for name in pairs(\(table)) do names[#names + 1] = name end
            input.NAMES = table.concat(names, " ")
            """
        #expect(await Hooks.chunk(source) == .passed(["NAMES": .string(names)], log: []))
    }

    @Test(
        "what is dangerous is absent",
        arguments: [
            "io", "os", "package", "debug", "load", "loadstring", "dofile", "loadfile", "require",
            "collectgarbage", "rawset", "rawget", "rawequal", "rawlen", "getmetatable",
            "setmetatable", "coroutine", "xpcall", "warn", "string.dump", "math.randomseed",
            "_G.io", "(\"\").__index", "(\"\").__metatable", "(\"\").dump", "inputs.__index",
            "inputs.__newindex", "inputs[1]",
        ])
    func absent(name: String) async {
        #expect(await Hooks.value(name) == .null)
    }

    @Test("bytecode is refused, also behind an expression")
    func bytecode() async {
        #expect(
            await Hooks.failure("\u{1b}Lua")
                == "job before:1: attempt to load a binary chunk (mode is 't')")
        #expect(LuaSandbox.problem(in: "\u{1b}Lua", .chunk)?.line == 1)
        #expect(LuaSandbox.problem(in: "\u{1b}Lua", .expression) != nil)
    }

    @Test("what a hook does to its libraries ends with it")
    func freshStates() async {
        let source = "string.rep = nil; pairs = nil; leak = 1; return"
        #expect(await Hooks.chunk(source) == .passed([:], log: []))
        for _ in 0..<4 {
            #expect(
                await Hooks.value("leak == nil and (\"x\"):rep(2) .. type(pairs)") == "xxfunction")
        }
    }

    @Test("the metatable of strings is out of reach, and their arithmetic harmless")
    func strings() async {
        #expect(await Hooks.value("\"10\" + 5") == 15)
        #expect(await Hooks.failure("(\"\").rep = 1")?.hasPrefix("job before:1: attempt") == true)
        #expect(await Hooks.failure("local s = 'x'; s.__index = {}") != nil)
    }
}
