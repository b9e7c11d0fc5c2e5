import Testing

@testable import Domain

struct QuotationTests {
    @Test(
        "a text is quoted as a whole, or told by its size",
        arguments: [
            ("short", "'short'"), ("", "''"), ("a\tb", "'a\tb'"),
            ("0123456789", "'0123456789'"), ("0123456789a", "a name of 11 bytes"),
            ("a\nb", "a name of 3 bytes with control characters"),
            ("\u{1b}[2J", "a name of 4 bytes with control characters"),
        ])
    func whole(text: String, expected: String) {
        #expect(Quotation(text, limit: 10, noun: "a name").description == expected)
    }

    @Test(
        "of lines those that fit are quoted, and none in part",
        arguments: [
            ("one\ntwo", "one\ntwo"), ("one\ntwo\nthree\n", "one\ntwo"),
            ("0123456789", "0123456789"), ("0123456789a\nb", "a line of 11 bytes"),
            ("a\n0123456789\nb", "a"), ("", ""),
        ])
    func lines(text: String, expected: String) {
        #expect(Quotation.lines(of: text, limit: 10) == expected)
    }
}
