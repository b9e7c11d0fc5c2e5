import Domain
import Testing

/// Words for a shell.
struct ShellWordTests {
    @Test(
        "what a shell would read as anything but itself is quoted",
        arguments: [
            ("test.unit", "test.unit"), ("", "''"), ("a b", "'a b'"), ("a'b", "'a'\\''b'"),
            ("$(id)", "'$(id)'"), ("~", "'~'"), ("test.unit[2]", "'test.unit[2]'"),
            ("-x", "-x"), ("a\nb", "'a\nb'"), ("ü", "'ü'"), ("a=b,c:1@d/e+f%", "a=b,c:1@d/e+f%"),
        ])
    func quoted(text: String, expected: String) {
        #expect(ShellWord.quoted(text) == expected)
    }
}
