import CLuaSandbox
import Domain

/// The requests and answers that go between us and a worker (see `CLuaSandbox.h`).
enum LuaFrames {
    static let requestLimit = SLIPWAY_LUA_REQUEST_LIMIT
    static let answerLimit = SLIPWAY_LUA_ANSWER_LIMIT

    static func request(_ request: LuaRequest, _ limits: LuaLimits) -> [UInt8] {
        JSONValue.array([
            .integer(Int64(limits.timeMilliseconds)), .integer(Int64(limits.memoryBytes)),
            .integer(Int64(bitPattern: request.seed)), .string(request.name),
            .boolean(request.kind == .expression), .string(request.source),
            request.writable.map { .string($0.name) } ?? .null,
            request.writable.map { .object($0.value) } ?? .null, .object(request.readOnly),
        ]).canonicalBytes
    }

    static func outcome(
        _ bytes: [UInt8], _ limits: LuaLimits
    ) throws(WorkerLoss) -> LuaOutcome {
        let answer: JSONValue
        do {
            answer = try JSONParser.parse(bytes)
        } catch {
            throw .notUnderstood
        }
        let log = answer["log"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let message = answer["message"]?.stringValue ?? ""
        switch answer["outcome"]?.stringValue {
        case "passed": return .passed(answer["value"] ?? .null, log: log)
        case "failed": return .failed(message, log: log)
        case "skipped": return .skipped(message, log: log)
        case "time": return .failed(limits.timeMessage, log: log)
        case "memory": return .failed(limits.memoryMessage, log: log)
        default: throw .notUnderstood
        }
    }
}
