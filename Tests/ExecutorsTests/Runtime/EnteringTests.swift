import Domain
import Testing
import Workflows

@testable import Executors

/// Who enters a container, and with which rights.
struct EnteringTests {
    private static func process(
        _ user: ProcessUser, isolation: Isolation = .standard
    ) -> JSONValue {
        RuntimeSpecification(
            arguments: ["job"], environment: ["PATH=/bin", "HOME=/job", "T_A=x"], user: user,
            rootPath: "/root", hostName: "h", binds: [], cgroupPath: "/c",
            resources: Resources(cpu: nil, memory: nil), isolation: isolation,
            openFilesLimit: 1024
        ).json["process"] ?? .null
    }

    private static func user(_ user: UInt32, _ group: UInt32, more: [UInt32] = []) -> ProcessUser {
        var found = ProcessUser(home: "/of-\(user)")
        found.user = user
        found.group = group
        found.additionalGroups = more
        return found
    }

    private static let command = SessionCommand(arguments: ["sh", "-c", "$(id)"])

    private static var hardened: Isolation {
        Isolation(user: nil, hasReadOnlyRoot: false, isHardened: true)
    }

    @Test("without another user only the arguments differ")
    func same() throws {
        let process = Self.process(Self.user(7, 8, more: [9]))
        let entering = try EnteringProcess(process, Self.command, as: nil).json
        var expected = process.objectValue ?? [:]
        expected["args"] = ["sh", "-c", "$(id)"]
        #expect(entering == .object(expected))
        #expect(entering["noNewPrivileges"] == true)
    }

    @Test("a terminal is one of the job's kind, or of the caller's")
    func terminal() throws {
        let command = SessionCommand(arguments: ["sh"], terminal: "xterm")
        let entering = try EnteringProcess(Self.process(Self.user(0, 0)), command, as: nil).json
        #expect(entering["terminal"] == true)
        #expect(entering["env"]?.arrayValue?.last == "TERM=xterm")
        #expect(command.environment(over: ["TERM=dumb"]) == ["TERM=dumb"])
    }

    @Test("root becomes somebody else, without capabilities and with the home of that one")
    func down() throws {
        let entering = try EnteringProcess(
            Self.process(Self.user(0, 0)), Self.command, as: Self.user(5, 6, more: [7])
        ).json
        #expect(entering["user"] == ["uid": 5, "gid": 6, "additionalGids": [7]])
        #expect(entering["capabilities"]?["effective"] == [])
        #expect(entering["capabilities"]?["permitted"] == [])
        #expect(entering["env"]?.arrayValue?.contains("HOME=/of-5") == true)
        #expect(entering["env"]?.arrayValue?.contains("HOME=/job") == false)
    }

    @Test(
        "nobody becomes more than the job",
        arguments: [
            (user(5, 5), user(0, 0), false), (user(5, 5), user(6, 5), false),
            (user(5, 5), user(5, 0), false), (user(0, 0), user(5, 5), true),
            (user(0, 0), user(0, 5), true),
        ])
    func refused(job: ProcessUser, wanted: ProcessUser, isHardened: Bool) {
        let process = Self.process(job, isolation: isHardened ? Self.hardened : .standard)
        #expect(throws: ExecutorError.self) {
            try EnteringProcess(process, Self.command, as: wanted)
        }
    }

    @Test("who asks for the job's own user gets that, with its own groups")
    func own() throws {
        let process = Self.process(Self.user(5, 5, more: [9]))
        let entering = try EnteringProcess(process, Self.command, as: Self.user(5, 5)).json
        #expect(entering["user"] == process["user"])
    }

    @Test("the runtime's log tells what never began from what ended with an error")
    func failures() {
        func failure(_ lines: String...) -> String? {
            ForegroundProcess.failure(in: Array(lines.joined(separator: "\n").utf8))
        }
        let warning = #"{"level":"warning","msg":"exec failed: not this"}"#
        #expect(failure() == nil)
        #expect(failure(warning, "no json", #"{"level":"error","msg":"kill: gone"}"#) == nil)
        #expect(
            failure(#"{"level":"error","msg":"exec failed: unable to start: x"}"#, warning)
                == "unable to start: x")
        #expect(
            failure(#"{"level":"error","msg":"runc run failed: container: y"}"#)
                == "container: y")
        // runsc sets nothing between two entries.
        #expect(
            failure(
                #"{"msg":"x","level":"warning"}{"msg":"running container: z","level":"error"}"#)
                == "z")
    }
}
