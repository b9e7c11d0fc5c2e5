import Domain
import Workflows

/// Who entered an attempt, for people and for programs.
enum EntranceText {
    /// More are counted, not shown.
    private static let limit = 5

    /// `entered by ada, 2026-03-01T10:00:00Z: sh -c 'ls'`; none where nobody did.
    static func lines(_ entrances: [RecordedEntrance]) -> [String] {
        let shown = entrances.suffix(limit)
        let rest = entrances.count - shown.count
        return (rest > 0 ? ["entered \(rest) times before"] : []) + shown.map { line($0) }
    }

    private static func line(_ recorded: RecordedEntrance) -> String {
        let entrance = recorded.entrance
        let words = entrance.command.map(ShellWord.quoted).joined(separator: " ")
        let place = entrance.service.map { ", service \($0)" } ?? ""
        let user = entrance.user.map { ", as user \($0)" } ?? ""
        return TerminalText.line("entered by \(entrance.actor), \(recorded.time)\(place)\(user): ")
            + Shown.line(words, width: 200)
    }

    static func json(_ entrances: [RecordedEntrance]) -> JSONValue {
        .array(
            entrances.map { recorded in
                var members = recorded.entrance.json.objectValue ?? [:]
                members["time"] = .string(recorded.time.description)
                return .object(members)
            })
    }
}
