import Domain
import Workflows

/// The process that enters a container: that of the container's own bundle with other arguments,
/// so that it has the same rights (OCI runtime spec 1.0.2, "Process").
struct EnteringProcess {
    let json: JSONValue

    /// `process` is the bundle's; `user` is whom somebody asked for.
    init(
        _ process: JSONValue, _ command: SessionCommand, as user: ProcessUser?
    ) throws(ExecutorError) {
        guard var members = process.objectValue else {
            throw .runtime("the container's configuration has no process")
        }
        var variables = (process["env"]?.arrayValue ?? []).compactMap(\.stringValue)
        if let user {
            let current = process["user"]
            let isSame =
                current?["uid"]?.integerValue == Int64(user.user)
                && current?["gid"]?.integerValue == Int64(user.group)
            if !isSame {
                guard Self.maySetUser(process) else {
                    throw .program(
                        "--user: the job runs as user "
                            + "\(current?["uid"]?.integerValue ?? 0), which may become nobody "
                            + "else; nobody has more rights in there than the job")
                }
                members["user"] = user.json
                if user.user != 0 { members["capabilities"] = Self.stepDown(process) }
                variables.removeAll { $0.hasPrefix("HOME=") }
                variables.append("HOME=\(user.home)")
            }
        }
        members["args"] = .array(command.arguments.map(JSONValue.string))
        members["env"] = .array(
            command.environment(over: variables).map(JSONValue.string))
        members["terminal"] = .boolean(command.terminal != nil)
        json = .object(members)
    }

    /// Only root with these may become somebody else (capabilities(7)).
    private static func maySetUser(_ process: JSONValue) -> Bool {
        let effective = (process["capabilities"]?["effective"]?.arrayValue ?? [])
            .compactMap(\.stringValue)
        return process["user"]?["uid"]?.integerValue == 0
            && effective.contains("CAP_SETUID") && effective.contains("CAP_SETGID")
    }

    /// Those of a job that runs as such a user: none but the bounding set.
    private static func stepDown(_ process: JSONValue) -> JSONValue {
        .object([
            "bounding": process["capabilities"]?["bounding"] ?? [], "effective": [],
            "permitted": [], "inheritable": [], "ambient": [],
        ])
    }
}

extension ProcessUser {
    /// As the runtime's configuration says it.
    var json: JSONValue {
        .object([
            "uid": .integer(Int64(user)), "gid": .integer(Int64(group)),
            "additionalGids": .array(additionalGroups.map { .integer(Int64($0)) }),
        ])
    }
}
