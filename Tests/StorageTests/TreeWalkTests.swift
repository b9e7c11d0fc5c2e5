import CLinux
import Glibc
import Storage
import TestSupport
import Testing

/// Walks through trees that a hostile job may have made (`CLinuxWalk.h`). Needs root.
struct TreeWalkTests {
    /// Makes levels of folders that differ in where their disk lists the next one: beside some lie
    /// an empty folder, a file and a link to /etc. Below each `every`th level three more chains of
    /// `side` folders begin. Prints how many names that makes.
    private static let making = """
        my ($levels, $every, $side) = @ARGV; my $made = 0; srand(7);
        for my $level (1..$levels) {
            my ($next, $id) = ("d".int(rand(1e9)), int(rand(1e9)));
            mkdir $next or die; $made += 1;
            if ($level % 16 == 0) {
                mkdir "e$id" or die; symlink("/etc", "l$id") or die;
                open(my $file, ">", "f$id") or die; $made += 3;
            }
            for (($every && $level % $every == 0) ? (1..3) : ()) {
                my $begin = "s".int(rand(1e9)); mkdir $begin or die; chdir $begin or die;
                for (1..$side) { mkdir "d" or die; chdir "d" or die; }
                for (0..$side) { chdir ".." or die; }
                $made += 1 + $side;
            }
            chdir $next or die;
        }
        print $made;
        """

    /// Prints how many names there are and how many of them are not a user's, by a walk that holds
    /// the names of each level.
    private static let looking = """
        my ($user, $seen, $others) = ($ARGV[0], 0, 0);
        sub names { opendir(my $d, ".") or die; return [grep { !/^[.][.]?$/ } readdir $d]; }
        my @levels = names();
        while (@levels) {
            my $name = pop @{$levels[-1]};
            if (!defined $name) { pop @levels; chdir ".." if @levels; next; }
            my @info = lstat $name or die; $seen++; $others++ if $info[4] != $user;
            if (-d _) { chdir $name or die; push @levels, names(); }
        }
        print "$seen $others";
        """

    /// Makes such a tree at `path`; how many names it has.
    private static func make(
        _ path: String, levels: Int, every: Int = 0, side: Int = 0
    ) async throws -> Int64 {
        try Files.makeFolders(path)
        let made = try await Program.run(
            "/usr/bin/perl", ["-e", making] + [levels, every, side].map(String.init), folder: path)
        return try #require(Int64(made.output), "\(made.error)")
    }

    private static func look(_ path: String, user: UInt32) async throws -> String {
        let looked = try await Program.run(
            "/usr/bin/perl", ["-e", looking, String(user)], folder: path)
        #expect(looked.code == 0, "\(looked.error)")
        return looked.output
    }

    @Test(
        "all of a tree is owned, given away, counted and removed, once each",
        arguments: [
            // Deeper than a process here may open files.
            (levels: 21_000, every: 0, side: 0),
            (levels: 300, every: 7, side: 40), (levels: 4500, every: 4500, side: 8500),
        ])
    func whole(levels: Int, every: Int, side: Int) async throws {
        try await withTemporaryFolder { folder in
            let tree = "\(folder)/tree"
            let made = try await Self.make(tree, levels: levels, every: every, side: side)
            try Files.setOwner(ofTree: tree, user: 5, group: 6)
            #expect(try await Self.look(tree, user: 5) == "\(made) 0")
            let first: UInt32 = 1_879_048_192
            #expect(unsafe slipway_shift_tree(tree, 0, first, 65_536) == 0)
            #expect(try await Self.look(tree, user: first + 5) == "\(made) 0")
            #expect(try Files.status(tree)?.owner == first + 5)
            #expect(try Files.diskUse(of: tree).files == made + 1)
            #expect(try Files.status("/etc")?.owner == 0)
            try Files.removeTree(tree)
            #expect(try Files.list(folder) == [])
        }
    }

    @Test("those who remove the same at once do not disturb each other")
    func together() async throws {
        try await withTemporaryFolder { folder in
            let tree = "\(folder)/tree"
            _ = try await Self.make(tree, levels: 9000, every: 1000, side: 100)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await IOPool.shared.run { try Files.removeTree(tree) } }
                }
                try await group.waitForAll()
            }
            #expect(try Files.list(folder) == [])
        }
    }

    @Test("what is special stays that: links of both kinds, devices, pipes, bits, capabilities")
    func special() async throws {
        try await withTemporaryFolder { folder in
            let tree = "\(folder)/tree"
            let deep = "\(tree)/" + [String](repeating: "d", count: 300).joined(separator: "/")
            let made = try await Program.run(
                "/bin/sh",
                [
                    "-ec",
                    """
                    mkdir -p \(folder)/outside/d \(deep); cd \(deep)
                    ln -s \(folder)/outside link; ln -s \(folder)/outside/d ../link
                    touch bits; chmod 6755 bits; ln bits ../same
                    mkdir -m 3777 folder; mknod null c 1 3; mkfifo pipe
                    """,
                ])
            try #require(made.code == 0, "\(made.error)")
            let first: UInt32 = 1_879_048_192
            #expect(unsafe slipway_shift_tree(tree, 0, first, 65_536) == 0)
            let names = ["link", "../link", "bits", "../same", "folder", "null", "pipe"]
            func look() async throws -> [String] {
                let seen = try await Program.run(
                    "/usr/bin/stat", ["-c", "%u %a %F"] + names, folder: deep)
                return seen.output.split(separator: "\n").map(String.init)
            }
            let seen = [
                "777 symbolic link", "777 symbolic link", "6755 regular empty file",
                "6755 regular empty file", "3777 directory", "644 character special file",
                "644 fifo",
            ]
            #expect(try await look() == seen.map { "\(first) \($0)" })
            // Whoever owns a tree from here on has no use for the identity of who did.
            try Files.setOwner(ofTree: tree, user: 5, group: 5)
            #expect(
                try await look() == seen.map { "5 " + $0.replacing("6755 reg", with: "755 reg") })
            for path in ["/outside", "/outside/d"] {
                #expect(try Files.status(folder + path)?.owner == 0)
            }
        }
    }

    @Test("nothing that is mounted below is owned, given away or removed, and it is not counted")
    func mounted() async throws {
        try await withTemporaryFolder { folder in
            let inside = "\(folder)/tree/a/mount"
            try Files.makeFolders(inside)
            try Files.makeFolders("\(folder)/outside")
            try Files.writeFile("\(folder)/outside/file", [])
            #expect(unsafe slipway_bind("\(folder)/outside", inside, 1) == 0)
            #expect(unsafe slipway_shift_tree("\(folder)/tree", 0, 100_000, 65_536) < 0)
            #expect(errno == EXDEV)
            #expect(throws: StorageError.self) {
                try Files.setOwner(ofTree: "\(folder)/tree", user: 5, group: 5)
            }
            #expect(throws: StorageError.self) { try Files.removeTree("\(folder)/tree") }
            // Each of the two, and the place of the mount.
            #expect(try Files.diskUse(of: "\(folder)/tree").files == 3)
            #expect(unsafe slipway_unmount(inside) == 0)
            #expect(try Files.status("\(folder)/outside/file")?.owner == 0)
        }
    }

    /// What a visitor is told, and where it renames what.
    private final class Visit {
        var met: [String] = []
        /// Folders whose names begin with `again`, each time that it left one, with the times.
        var left: [String] = []
        var rename: (from: String, to: String)?

        init(rename: (from: String, to: String)?) { self.rename = rename }

        /// Renames when it meets `bottom` first.
        func meet(_ name: String) -> Int32 {
            met.append(name)
            guard name == "bottom", let rename else { return 1 }
            self.rename = nil
            return unsafe Glibc.rename(rename.from, rename.to)
        }

        /// Goes into those three times.
        func leave(_ name: String, _ times: UInt32) -> Int32 {
            guard name.hasPrefix("again") else { return 0 }
            left.append("\(name) \(times)")
            return times < 2 ? 1 : 0
        }

        /// The walk's errno, or 0.
        func walk(_ path: String) throws -> Int32 {
            let top = try Files.open(path, O_RDONLY | O_DIRECTORY)
            var visitor = unsafe slipway_visitor(
                meet: { context, _, name, _ in
                    guard let context = unsafe context, let name = unsafe name else { return -1 }
                    let visit = unsafe Unmanaged<Visit>.fromOpaque(context).takeUnretainedValue()
                    return unsafe visit.meet(String(cString: name))
                },
                leave: { context, _, name, times in
                    guard let context = unsafe context, let name = unsafe name else { return -1 }
                    let visit = unsafe Unmanaged<Visit>.fromOpaque(context).takeUnretainedValue()
                    return unsafe visit.leave(String(cString: name), times)
                }, context: Unmanaged.passUnretained(self).toOpaque(),
                passes_mounts: 0)
            return unsafe slipway_walk(top.descriptor, &visitor) == 0 ? 0 : errno
        }
    }

    @Test(
        "a folder that is moved while a walk is below it leads it nowhere else",
        arguments: [10, 60, 9000], ["outside", "tree"])
    func moved(levels: Int, place: String) async throws {
        try await withTemporaryFolder { folder in
            let made = try await Program.run(
                "/usr/bin/perl",
                [
                    "-e",
                    """
                    for my $name ("outside", "tree") { mkdir $name or die; mkdir "$name/$name"; }
                    chdir "tree" or die;
                    for (1..$ARGV[0]) { mkdir "d" or die; chdir "d" or die; }
                    open(my $file, ">", "bottom") or die;
                    """, String(levels),
                ], folder: folder)
            try #require(made.code == 0, "\(made.error)")
            let names = [String](repeating: "d", count: levels) + ["bottom", "tree"]
            let whole = Visit(rename: nil)
            #expect(try whole.walk("\(folder)/tree") == 0)
            #expect(whole.met.sorted() == names.sorted())

            let visit = Visit(rename: ("\(folder)/tree/d/d", "\(folder)/\(place)/moved"))
            // As long as the levels above are open, they are what they were.
            #expect(try visit.walk("\(folder)/tree") == (levels < 32 ? 0 : ESTALE))
            #expect(!visit.met.contains("outside"))
        }
    }

    @Test(
        "how often a walk came back from a folder is told of each, however deep it went between",
        arguments: [1, 60])
    func times(levels: Int) async throws {
        try await withTemporaryFolder { folder in
            let deep = String(repeating: "/d", count: levels)
            for path in ["again1\(deep)", "again2\(deep)", "d/again3\(deep)"] {
                try Files.makeFolders("\(folder)/tree/\(path)")
            }
            let visit = Visit(rename: nil)
            #expect(try visit.walk("\(folder)/tree") == 0)
            let expected = (1...3).flatMap { name in (0...2).map { "again\(name) \($0)" } }
            #expect(visit.left.sorted() == expected)
        }
    }
}
