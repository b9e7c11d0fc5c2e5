import Domain
import Scripting
import TestSupport
import Testing

/// Random data and texts: everything comes back, and no worker is lost.
struct FuzzTests {
    static func randomValue(
        _ generator: inout SeededGenerator, depth: Int = 0, inList: Bool = false
    ) -> JSONValue {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6), using: &generator) {
        case 0: return inList ? .null : .boolean(false)
        case 1: return .boolean(true)
        case 2: return .integer(.random(in: .min ... .max, using: &generator))
        case 3:
            let number = Double(bitPattern: generator.next())
            return number.isFinite ? .number(number) : .number(-0.0)
        case 4: return .number(Double(Int.random(in: -3...3, using: &generator)))
        case 5: return .string(randomText(&generator))
        case 6:
            return .array(
                (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                    randomValue(&generator, depth: depth + 1, inList: true)
                })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0..<5, using: &generator) {
                members[randomText(&generator)] = randomValue(&generator, depth: depth + 1)
            }
            return .object(members)
        }
    }

    static func randomText(_ generator: inout SeededGenerator) -> String {
        let limits: [UInt32] = [0x80, 0x800, 0x1_0000, 0x11_0000]
        var text = ""
        for _ in 0..<Int.random(in: 0..<6, using: &generator) {
            let limit = limits[Int.random(in: 0..<4, using: &generator)]
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    @Test("data comes back as it went", arguments: 1...4)
    func roundTrips(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let value = Self.randomValue(&generator, inList: false)
            let request = LuaRequest(
                name: "n", kind: .chunk,
                source: "input.B = a; input.C = json.decode(json.encode(a))",
                readOnly: ["a": value], writable: ("input", ["A": value]))
            #expect(
                await Hooks.shared.evaluate(request)
                    == .passed(["A": value, "B": value, "C": value], log: []))
        }
    }

    @Test("JSON that is broken is refused as ours refuses it", arguments: 1...4)
    func brokenJSON(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let good = Self.randomValue(&generator).canonicalBytes
            let bytes = generator.mutated(good)
            let escaped = bytes.map { "\\\($0 / 100)\($0 / 10 % 10)\($0 % 10)" }.joined()
            let outcome = await Hooks.expression("{json.decode(\"\(escaped)\")}")
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                let value = try JSONParser.parse(bytes)
                guard case .passed = outcome else {
                    Issue.record("\(text) is \(value), but \(outcome)")
                    continue
                }
            } catch JSONError.duplicateKey {
                // Ours refuses it; in Lua the last one wins.
            } catch {
                guard case .failed(let why, _) = outcome, why.contains("json: ") else {
                    Issue.record("\(text) is refused (\(error)), but \(outcome)")
                    continue
                }
            }
        }
    }

    static let pieces = [
        "inputs", "input", "x", ".A", "[1]", "=", "==", "..", "{", "}", "(", ")", "for k in pairs(",
        ") do ", "end ", "if ", " then ", "function ", "local ", "return ", "nil", "1", "\"a\"",
        "string.rep", "table.concat", "table.sort", "json.encode", "json.decode", "json.null",
        "pcall", "error", "log", "fail", "skip", "next", "contains", "matches", "math.random", "#",
        "not ", "and ", "or ", "-", "//", "%", "<<", ";", "\n", "--", "[[", "]]", "string.format",
        "\"%s\"", "tostring", "utf8.char", "string.pack", "goto ", "::a::", "break ", "repeat ",
        "until ", "<close>", "<const>", "...", ",", "_G", "_ENV", "table.unpack", "table.move",
        "1e308", "0x7fffffffffffffff", "assert", "inputs.TOKEN", "table.insert", "string.gsub",
    ]
    static let calls = [
        "string.byte", "string.char", "string.find", "string.format", "string.gsub", "string.pack",
        "string.rep", "string.sub", "string.unpack", "table.concat", "table.insert", "table.move",
        "table.remove", "table.sort", "table.unpack", "math.random", "utf8.codepoint",
        "utf8.offset",
        "contains", "matches", "next", "pairs", "ipairs", "select", "json.encode", "json.decode",
        "log", "tonumber", "pcall", "error", "assert", "string.gmatch", "utf8.codes", "type",
    ]
    static let values = [
        "inputs.LIST", "inputs", "input", "inputs.TOKEN", "json.null", "{1, 2}", "{a = 1}",
        "\"abc\"",
        "1", "1.5", "nil", "true", "function(...) return ... end", "_G", "\"%d%s\"", "-1",
        "1 << 40",
    ]

    @Test("random Lua never loses a worker", arguments: 1...4)
    func randomLua(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let sandbox = Hooks.sandbox(milliseconds: 10_000)
        #expect(await Hooks.chunk("", in: sandbox) == .passed([:], log: []))
        let workers = sandbox.workers
        for round in 0..<300 {
            var source = ""
            for _ in 0..<Int.random(in: 1...20, using: &generator) where round % 2 == 0 {
                source += (Self.pieces.randomElement(using: &generator) ?? "") + " "
            }
            if round % 2 == 1 {
                let call = Self.calls.randomElement(using: &generator) ?? ""
                let arguments = (0..<Int.random(in: 0...4, using: &generator)).compactMap { _ in
                    Self.values.randomElement(using: &generator)
                }
                let list = ([call] + arguments).joined(separator: ", ")
                source = "input.R = select(2, pcall(\(list)))"
            }
            _ = LuaSandbox.problem(in: source, .chunk)
            _ = await Hooks.chunk(source, in: sandbox)
            try #require(sandbox.workers == workers, "lost by: \(source)")
        }
        await sandbox.shutdown()
    }
}
