import CLinux
import Domain
import Glibc
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// Ranges of users, and content that has to be given away where it cannot be shown.
struct UserRangeTests {
    private static func ranges(_ folder: String, _ name: String = "home") throws -> UserRanges {
        UserRanges(home: try Home(path: "\(folder)/\(name)"), path: "\(folder)/users")
    }

    @Test("a range belongs to one owner, which finds it again, until it lets go")
    func claims() async throws {
        try await withTemporaryFolder { folder in
            let ranges = try Self.ranges(folder)
            let first = try ranges.claim("a")
            #expect(try ranges.claim("a", preferred: first) == first)
            let second = try ranges.claim("b", preferred: first)
            #expect(second != first)
            #expect(first.first % 65_536 == 0 && first.first.distance(to: second.first) != 0)
            try ranges.release(first, of: "b")
            #expect(try ranges.all().map(\.owner).sorted() == ["a", "b"])
            try ranges.release(first, of: "a")
            #expect(try ranges.all().map(\.owner) == ["b"])
            let other = try Self.ranges(folder, "other")
            #expect(try other.all().isEmpty)
            #expect(try other.claim("b", preferred: second) != second)
        }
    }

    @Test("many that ask at once get different ones; when all are taken that is said")
    func crowd() async throws {
        try await withTemporaryFolder { folder in
            let ranges = try Self.ranges(folder)
            try await withThrowingTaskGroup(of: UserRange.self) { group in
                for number in 0..<200 { group.addTask { try ranges.claim("c\(number)") } }
                var slots: Set<Int> = []
                for try await range in group { slots.insert(range.slot) }
                #expect(slots.count == 200)
            }
            let taken = Set(try Files.list("\(folder)/users"))
            for slot in 0..<UserRange.count where !taken.contains(String(slot)) {
                try Files.link("x/y", at: "\(folder)/users/\(slot)")
            }
            let error = #expect(throws: ExecutorError.self) { try ranges.claim("late") }
            #expect("\(try #require(error))".contains("4094 ranges"))
        }
    }

    @Test("which range somebody is in")
    func membership() throws {
        let range = try #require(UserRange(slot: 7))
        #expect(UserRange.first(of: 0) == 0)
        #expect(UserRange.first(of: 1000) == 0)
        #expect(UserRange.first(of: range.first + 1000) == range.first)
        #expect(UserRange.first(of: range.first + 65_535) == range.first)
        #expect(UserRange.first(of: .max) == 0)
        #expect(UserRange(slot: 4094) == nil)
        #expect(UserRange(slot: -1) == nil)
    }

    @Test("a tree that is given away keeps modes, follows no link, and bears a second time")
    func shift() async throws {
        try await withTemporaryFolder { folder in
            let tree = "\(folder)/tree"
            _ = try await Program.run(
                "/bin/sh",
                [
                    "-ec",
                    """
                    mkdir -p \(tree)/d/e; cd \(tree); touch d/f plain; chmod 6755 plain
                    chown 1000:1001 d/f; chown 70000 d/e; ln -s \(folder)/outside link
                    touch \(folder)/outside; ln plain hard
                    """,
                ])
            let first: UInt32 = 1_879_048_192
            for _ in 0..<2 {
                #expect(unsafe slipway_shift_tree(tree, 0, first, UserRange.size) == 0)
            }
            let seen = try await Program.run(
                "/usr/bin/stat",
                ["-c", "%u:%g %a"]
                    + ["", "/d", "/d/f", "/d/e", "/plain", "/hard"].map { tree + $0 }
                    + ["\(folder)/outside"])
            let root = "\(first):\(first)"
            #expect(
                seen.output.split(separator: "\n").map { $0.split(separator: " ")[0] } == [
                    root[...], root[...], "\(first + 1000):\(first + 1001)",
                    "\(first + 65_534):\(first)", root[...], root[...], "0:0",
                ])
            #expect(seen.output.contains("\(root) 6755"))
            #expect(unsafe slipway_shift_tree(tree, first, first + 65_536, 65_536) == 0)
            #expect(try Files.status("\(tree)/d/f")?.owner == first + 65_536 + 1000)
        }
    }

    @Test(
        "a job runs the same where content is given away, and where there are no such users",
        arguments: [UserSupport.mapped, .shifted, .none("for a test")])
    func supports(support: UserSupport) async throws {
        try await ExecutorHome.with(users: support) { home in
            let script = """
                cut -c1 /proc/self/uid_map >/dev/null
                awk '{print ($2 == 0) ? "machine" : "own"}' /proc/self/uid_map
                stat -c '%u' /bin/busybox $PWD $T_REPORTS; chown 5:5 /etc/passwd; echo x >made
                """
            let (log, result) = try await home.run(
                try home.request(script, produces: [.init(name: "made", path: "made")]))
            let who = if case .none = support { "machine" } else { "own" }
            #expect(log == "\(who)\n0\n0\n0")
            #expect(result.ending == .exited(code: 0))
            #expect(result.artifacts["made"] != nil)
            #expect(try home.leftovers() == [])
        }
    }
}
