import Domain
import Scripting
import Testing

/// Errors name hook, line and message.
struct ErrorTests {
    @Test(
        "an error of a chunk has its place",
        arguments: [
            ("\n\nx.y = 1", "job before:3: attempt to index a nil value (global 'x')"),
            ("error(\"boom\")", "job before:1: boom"),
            ("\nerror(\"boom\", 0)", "job before:2: boom"),
            ("\nerror({})", "job before:2: the error value is a table, not a text"),
            ("error()", "job before:1: the error value is a nil, not a text"),
            ("\nif", "job before:2: unexpected symbol near <eof>"),
            ("x = = 1", "job before:1: unexpected symbol near '='"),
            ("os.exit(1)", "job before:1: attempt to index a nil value (global 'os')"),
            ("json.decode(\"{\")", "job before:1: json: byte 1: expected a string"),
            ("input.X = \"\\xff\"", "job before: input.X: a string is not valid UTF-8"),
            ("input[\"\\xff\"] = 1", "job before: input: a name is not valid UTF-8, or too long"),
            ("input[1] = 1", "job before: input: its members need names"),
            ("input.X = 0/0", "job before: input.X: JSON has no number that is not finite"),
            ("input.X = print", "job before: input.X: JSON has no functions"),
            ("input.X = input", "job before: input.X: nested deeper than 120 levels"),
            ("input.X = (\"x\"):rep(5 << 20)", "job before: input.X: larger than 4 MiB as JSON"),
            (
                "input.X = {1, nil, 3}",
                "job before: input.X: a table for JSON has either names, or the positions 1 to n "
                    + "without gaps"
            ),
        ])
    func chunks(source: String, message: String) async {
        #expect(await Hooks.failure(source) == message)
    }

    @Test(
        "an error of an expression has its place",
        arguments: [
            ("x.y", "job when:1: attempt to index a nil value (global 'x')"),
            ("1 +\nx.y\n", "job when:2: attempt to index a nil value (global 'x')"),
            ("x.y -- why", "job when:1: attempt to index a nil value (global 'x')"),
            ("1 +", "job when:1: unexpected end of the expression"),
            ("", "job when:1: unexpected end of the expression"),
            ("1) fail(2", "job when:1: <eof> expected near 'fail'"),
            ("local x = 1", "job when:1: unexpected symbol near 'local'"),
        ])
    func expressions(source: String, message: String) async {
        #expect(await Hooks.expression(source) == .failed(message, log: []))
    }

    @Test("a long name is not cut")
    func longName() async {
        let name = "build[T_TARGET=\(String(repeating: "x", count: 200))] before"
        let outcome = await Hooks.shared.evaluate(
            LuaRequest(name: name, kind: .chunk, source: "\nx.y = 1"))
        #expect(
            outcome == .failed("\(name):2: attempt to index a nil value (global 'x')", log: []))
    }

    @Test("a long message is cut, bad bytes are replaced, and the log is kept")
    func longMessage() async {
        let outcome = await Hooks.chunk("log(1) error(\"\\xff\" .. (\"é\"):rep(5000))")
        guard case .failed(let why, ["1"]) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(why.hasPrefix("job before:1: \u{fffd}ééé"))
        #expect(why.hasSuffix("é…"))
        #expect(why.utf8.count <= 4096 + 8)
    }

    @Test(
        "the check without running finds what is not Lua",
        arguments: [
            ("x = 1", .chunk, nil), ("return 1", .chunk, nil), ("while true do end", .chunk, nil),
            ("", .chunk, nil), ("a == 1 -- c", .expression, nil), ("1 +\n2", .expression, nil),
            ("\n\nx = = 1\n", .chunk, LuaProblem(line: 3, message: "unexpected symbol near '='")),
            (
                "if a then\nb()\n", .chunk,
                LuaProblem(line: 2, message: "'end' expected (to close 'if' at line 1) near <eof>")
            ),
            (
                "goto x", .chunk,
                LuaProblem(line: 1, message: "no visible label 'x' for <goto> at line 1")
            ),
            (
                "1 +\n\n", .expression,
                LuaProblem(line: 2, message: "unexpected end of the expression")
            ),
            ("x = 1", .expression, LuaProblem(line: 1, message: "')' expected near '='")),
            ("x\0", .chunk, LuaProblem(line: 1, message: "syntax error")),
            ("'\u{e9}\n", .chunk, LuaProblem(line: 1, message: "unfinished string near ''\u{e9}'")),
        ] as [(String, LuaRequest.Kind, LuaProblem?)])
    func problems(source: String, kind: LuaRequest.Kind, problem: LuaProblem?) {
        #expect(LuaSandbox.problem(in: source, kind) == problem)
    }

    @Test("deeply nested text is a problem, not a crash")
    func nesting() {
        let source = "x = " + String(repeating: "(", count: 100_000)
        #expect(
            LuaSandbox.problem(in: source, .chunk)?.message.hasPrefix("C stack overflow") == true)
    }
}
