import Executors
import Testing

/// Lines of /etc/subuid (subuid(5)).
struct SubordinateIDsTests {
    private static func parse(_ text: String) -> SubordinateIDs {
        SubordinateIDs(parsing: text, name: "ada", id: 1001)
    }

    @Test(
        "an account has the lines of its name and of its number",
        arguments: [
            ("ada:100000:65536\n", "0 1001 1 1 100000 65536"),
            ("1001:100000:65536", "0 1001 1 1 100000 65536"),
            ("bob:1:2\nada:100000:10\nada:200000:20\n", "0 1001 1 1 100000 10 11 200000 20"),
            // What overlaps would be refused whole by the kernel.
            ("ada:100000:10\nada:100009:10\n", "0 1001 1 1 100000 10"),
            ("ada:100000:10\nada:100010:10\n", "0 1001 1 1 100000 10 11 100010 10"),
            ("", "0 1001 1"), ("grace:100000:65536\n", "0 1001 1"),
            ("adam:100000:65536\n", "0 1001 1"),
        ])
    func maps(text: String, words: String) {
        #expect(Self.parse(text).mapWords(of: 1001).joined(separator: " ") == words)
    }

    @Test(
        "lines that are none are passed over",
        arguments: [
            "ada", "ada:", "ada:1", "ada:1:2:3", "ada:-1:5", "ada:x:5", "ada:5:x", "ada:5:0",
            "ada:0:5", "ada:4294967290:10", "ada:5:4294967295", "ada:5:99999999999", "# ada:1:2",
        ])
    func passes(line: String) {
        let found = Self.parse("\(line)\nada:100000:7\n")
        #expect(found.ranges == [SubordinateIDs.Range(first: 100_000, count: 7)])
    }
}
