package import Domain

/// One hook and all that it may see.
///
/// `{"$secret": NAME}` anywhere in the data becomes a handle that Lua cannot look into; so data
/// from outside must not be able to bring such an object. A null is `json.null` in a list, and nil
/// elsewhere.
package struct LuaRequest: Sendable {
    package enum Kind: Sendable {
        /// One value, as between parentheses.
        case expression
        /// Statements; they work through the writable table.
        case chunk
    }

    /// For messages, such as `test.unit before`.
    package let name: String
    package let kind: Kind
    package let source: String
    /// Global variables; deep read-only.
    package let readOnly: [String: JSONValue]
    /// The one table that the hook may change, by the name of its global variable.
    package let writable: (name: String, value: [String: JSONValue])?
    /// Fixes what `math.random` gives.
    package let seed: UInt64

    package init(
        name: String, kind: Kind, source: String, readOnly: [String: JSONValue] = [:],
        writable: (name: String, value: [String: JSONValue])? = nil, seed: UInt64 = 0
    ) {
        self.name = name
        self.kind = kind
        self.source = source
        self.readOnly = readOnly
        self.writable = writable
        self.seed = seed
    }
}

/// How a hook ended; `log` holds its lines, at most 100 of 4 KiB (and a note of how many more).
package enum LuaOutcome: Sendable, Hashable {
    /// An expression's value; or the writable table afterwards, an empty object if there is none.
    case passed(JSONValue, log: [String])
    /// An error as `NAME:LINE: message`, what `fail` said, a limit, or a lost worker.
    case failed(String, log: [String])
    /// What `skip` said.
    case skipped(String, log: [String])
    /// The worker was lost or gave no sound answer: not the hook's fault.
    case lost(String)
}

/// What one hook may use up.
package struct LuaLimits: Sendable {
    package let timeMilliseconds: Int
    /// Of Lua's own memory; the data of the request counts.
    package let memoryBytes: Int

    package init(timeMilliseconds: Int = 1000, memoryBytes: Int = 16 << 20) {
        self.timeMilliseconds = timeMilliseconds
        self.memoryBytes = memoryBytes
    }

    /// One second and 16 MiB.
    package static let standard = LuaLimits()

    var timeMessage: String {
        "time limit: ran longer than \(Duration.milliseconds(timeMilliseconds).text)"
    }

    var memoryMessage: String {
        memoryBytes % (1 << 20) == 0
            ? "memory limit: \(memoryBytes >> 20) MiB" : "memory limit: \(memoryBytes) bytes"
    }
}

/// A text that is not Lua.
package struct LuaProblem: Error, Sendable, Hashable {
    /// From 1, in the hook's own text.
    package let line: Int
    package let message: String

    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}
