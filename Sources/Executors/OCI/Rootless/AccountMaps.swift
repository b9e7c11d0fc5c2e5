import Glibc
import Storage

/// Which users and groups of the machine this account's namespaces have.
struct AccountMaps {
    private let users: [String]
    private let groups: [String]
    private let userTool: String
    private let groupTool: String

    /// Reads `/etc/subuid` and `/etc/subgid`, and finds the tools that may write such maps. Blocks.
    static func find() throws -> AccountMaps {
        guard let userTool = Spawning.path(of: "newuidmap") else {
            throw RootlessRefusal.missingTool("newuidmap")
        }
        guard let groupTool = Spawning.path(of: "newgidmap") else {
            throw RootlessRefusal.missingTool("newgidmap")
        }
        return AccountMaps(
            users: try words("/etc/subuid", account: geteuid()),
            groups: try words("/etc/subgid", account: getegid()),
            userTool: userTool, groupTool: groupTool)
    }

    private static func words(_ file: String, account: UInt32) throws -> [String] {
        let name = Account(geteuid()).name ?? String(geteuid())
        let text =
            Files.exists(file)
            ? String(decoding: try Files.readFile(file, limit: 4 << 20), as: UTF8.self) : ""
        // Both files are about users: whose groups they are is told by the user's name.
        let found = SubordinateIDs(parsing: text, name: name, id: geteuid())
        guard found.count >= SubordinateIDs.wanted else {
            throw RootlessRefusal.missingRanges(file, count: found.count, name: name)
        }
        return found.mapWords(of: account)
    }

    /// Has them written for a process whose user namespace is new. Blocks.
    func write(of process: pid_t) throws {
        for (tool, words) in [(userTool, users), (groupTool, groups)] {
            let result = try Spawning.run(tool, [String(process)] + words)
            guard result.code == 0 else {
                throw RootlessRefusal(
                    "'\(tool)' ended with code \(result.code): \(result.message)",
                    fix: "apt-get install --reinstall uidmap (it has to be setuid root, and this "
                        + "process one that may gain rights)")
            }
        }
    }
}
