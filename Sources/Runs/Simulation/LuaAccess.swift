import Domain

/// A place where a Lua text reads one of the tables that a hook sees, such as
/// `jobs["build.compile"].VERSION`: the table and the keys that are written out.
struct LuaAccess: Hashable {
    let root: String
    /// The keys up to the first that is computed.
    let keys: [String]
    /// Of all that was read here, in bytes.
    let range: Range<Int>

    /// As people write it.
    var text: String {
        keys.reduce(root) { text, key in
            let isName = key.utf8.allSatisfy {
                $0 == UInt8(ascii: "_") || ($0 >= 0x30 && $0 <= 0x39)
                    || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a)
            }
            return text + (isName ? ".\(key)" : "[\"\(key)\"]")
        }
    }

    /// What the data holds there; nil for nothing.
    func value(in data: [String: JSONValue]) -> JSONValue? {
        keys.reduce(data[root]) { value, key in value?[key] }
    }

    /// The places where a text reads `roots`, in order; where it only writes is left out. A local
    /// name that hides a table is taken for the table.
    static func all(in bytes: [UInt8], roots: Set<String>) -> [LuaAccess] {
        let tokens = LuaTokens.tokens(of: bytes)
        var found: [LuaAccess] = []
        var depth = 0
        var index = 0
        while index < tokens.count {
            defer { index += 1 }
            switch tokens[index].kind {
            case .symbol("("), .symbol("{"): depth += 1
            case .symbol(")"), .symbol("}"): depth -= 1
            case .name(let name) where roots.contains(name):
                if index > 0, isMember(after: tokens[index - 1].kind) { continue }
                let (keys, end) = path(tokens, index + 1)
                if isTarget(tokens, end, depth) { continue }
                found.append(
                    LuaAccess(
                        root: name, keys: keys,
                        range: tokens[index].range.lowerBound..<tokens[end - 1].range.upperBound))
            default: break
            }
        }
        return found
    }

    private static func isMember(after kind: LuaToken.Kind) -> Bool {
        kind == .symbol(".") || kind == .symbol(":")
    }

    /// The keys that follow, and the index behind them.
    private static func path(_ tokens: [LuaToken], _ start: Int) -> (keys: [String], end: Int) {
        var keys: [String] = []
        var index = start
        func kind(_ offset: Int) -> LuaToken.Kind? {
            index + offset < tokens.count ? tokens[index + offset].kind : nil
        }
        while keys.count < 8 {
            if kind(0) == .symbol("."), case .name(let key)? = kind(1) {
                keys.append(key)
                index += 2
            } else if kind(0) == .symbol("["), case .text(let key?)? = kind(1),
                kind(2) == .symbol("]")
            {
                keys.append(key)
                index += 3
            } else {
                break
            }
        }
        return (keys, index)
    }

    /// Whether something is assigned here: `a.b = …`, or `a.b, c = …` outside of brackets.
    private static func isTarget(_ tokens: [LuaToken], _ end: Int, _ depth: Int) -> Bool {
        var index = end
        while index < tokens.count {
            if tokens[index].kind == .symbol("=") { return true }
            guard depth == 0, tokens[index].kind == .symbol(","), index + 1 < tokens.count,
                case .name = tokens[index + 1].kind
            else { return false }
            index = path(tokens, index + 2).end
        }
        return false
    }
}
