import Domain
import Secrets
import Testing

struct SecretMaskerTests {
    private static func masker(_ values: String...) throws -> SecretMasker {
        try SecretMasker(
            Dictionary(
                uniqueKeysWithValues: values.enumerated().map {
                    ("S\($0.offset)", Secret($0.element))
                }))
    }

    /// The values of the table below.
    private static let first = "p@ss/w+rd é~"
    private static let second = "q\"u\\o\tte<é😀/"
    private static let third = "u?>~o?>~"

    @Test(
        "every form of a secret is masked",
        arguments: [
            ("the value", "a p@ss/w+rd é~ b", "a *** b"),
            ("twice", "p@ss/w+rd é~p@ss/w+rd é~", "******"),
            ("base64", "x cEBzcy93K3JkIMOpfg== y", "x *** y"),
            ("base64 without padding", "x cEBzcy93K3JkIMOpfg y", "x *** y"),
            ("base64 after `user:`", "dXNlcjpwQHNzL3crcmQgw6l+", "dXNlcjp***"),
            ("base64 between other text", "YWJwQHNzL3crcmQgw6l+dGFpbA==", "YWJ***dGFpbA=="),
            ("base64 at the third alignment", "dXNlcjE6cEBzcy93K3JkIMOpfg==", "dXNlcjE6***"),
            ("base64 of the URL alphabet", "dT8-fm8_Pn4=", "***"),
            ("base64 of the standard alphabet", "dT8+fm8/Pn4=", "***"),
            ("URL-encoded", "?p=p%40ss%2Fw%2Brd%20%C3%A9~&q", "?p=***&q"),
            ("URL-encoded, lower hex", "p%40ss%2fw%2brd%20%c3%a9~", "***"),
            ("URL-encoded, + for blank", "p%40ss%2Fw%2Brd+%C3%A9~", "***"),
            ("URL-encoded as a path", "p%40ss/w%2Brd%20%C3%A9~", "***"),
            ("URL-encoded as a form", "p%40ss%2Fw%2Brd+%C3%A9%7E", "***"),
            ("JSON", #"{"a": "p@ss/w+rd é~"}"#, #"{"a": "***"}"#),
            ("JSON with \\/", #"p@ss\/w+rd é~"#, "***"),
            ("JSON in ASCII", #"p@ss/w+rd \u00e9~"#, "***"),
            ("JSON in ASCII, upper hex", #"p@ss\/w+rd \u00E9~"#, "***"),
            ("JSON with short escapes", #"q\"u\\o\tte<é😀/"#, "***"),
            ("JSON with surrogates", #"q\"u\\o\tte<\u00e9\ud83d\ude00/"#, "***"),
            ("JSON that is safe in HTML", #"q\"u\\o\tte\u003cé😀/"#, "***"),
            ("nothing of it", "p@ss/w+rd e~ and more", "p@ss/w+rd e~ and more"),
            ("its beginning at the end", "so p@ss/w+rd", "so p@ss/w+rd"),
        ])
    func masksForms(fact: String, text: String, expected: String) throws {
        let masker = try Self.masker(Self.first, Self.second, Self.third)
        #expect(masker.mask(text) == expected, "\(fact)")
    }

    @Test("a secret of several lines is masked as a whole, line by line, and as JSON")
    func masksLines() throws {
        let masker = try Self.masker("-----BEGIN-----\r\n  abcdefgh\nxy\n-----END-----\n")
        #expect(masker.mask("-----BEGIN-----\r\n  abcdefgh\nxy\n-----END-----") == "***")
        #expect(masker.mask("got abcdefgh and -----END-----, xy") == "got *** and ***, xy")
        let json = #"-----BEGIN-----\r\n  abcdefgh\nxy\n-----END-----\n"#
        #expect(masker.mask("{\"k\": \"\(json)\"}") == "{\"k\": \"***\"}")
        let short = try Self.masker("first line\nwxyz\nvwx\n")
        #expect(short.mask("got wxyz, vwx") == "got ***, vwx")
    }

    @Test("a value read from a file is masked without its line end, in base64 too")
    func masksTrimmed() throws {
        let masker = try Self.masker("hunter22\n")
        #expect(masker.mask("hunter22") == "***")
        #expect(masker.mask("aHVudGVyMjI=") == "***")
        #expect(masker.mask("aHVudGVyMjIK") == "***")
    }

    @Test("base64 that a tool broke into lines is masked")
    func masksWrappedBase64() throws {
        let key = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"
        let wrapped = """
            MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJDREVGR0hJSktMTU5PUFFSU1RV
            VldYWVotMDEyMzQ1Njc4OQo=
            """
        #expect(try Self.masker(key).mask(wrapped) == "***\n***")
    }

    @Test("overlapping secrets leave none of their ends")
    func masksOverlaps() throws {
        let masker = try Self.masker("abcdef", "defghi", "aaaa", "hijk")
        #expect(masker.mask("abcdefghi") == "***")
        #expect(masker.mask("abcdefghijk.") == "***.")
        #expect(masker.mask("xaaaaaaay") == "x***y")
        #expect(masker.mask("abcdeaaaa") == "abcde***")
    }

    @Test(
        "values that cannot be secrets are refused",
        arguments: [
            ("", 1, SecretsError.tooShort(name: "S0")),
            ("abc", 1, .tooShort(name: "S0")),
            ("éüö", 1, .tooShort(name: "S0")),
            (" abc \n\n", 1, .tooShort(name: "S0")),
            ("x", 65_537, .tooLong(name: "S0", limitBytes: 65_536)),
        ])
    func refuses(value: String, times: Int, expected: SecretsError) {
        #expect(throws: expected) { try Self.masker(String(repeating: value, count: times)) }
    }

    @Test("more secrets than can be masked are refused")
    func refusesMany() {
        let many = Dictionary(
            uniqueKeysWithValues: (0...1000).map { ("S\($0)", Secret("value\($0)")) })
        #expect(throws: SecretsError.tooMany(limit: 1000)) { try SecretMasker(many) }
        let large = Dictionary(
            uniqueKeysWithValues: (0..<5).map { number in
                ("S\(number)", Secret(String(repeating: "\(number)", count: 60_000)))
            })
        #expect(throws: SecretsError.tooMuch(limitBytes: 262_144)) { try SecretMasker(large) }
    }

    @Test("the secret in a text is named, whatever its form")
    func names() throws {
        let masker = try SecretMasker(["B": Secret("hunter22"), "A": Secret("other-one")])
        #expect(masker.secret(in: "x hunter22") == "B")
        #expect(masker.secret(in: "b3RoZXItb25l hunter22") == "A")
        #expect(masker.secret(in: "hunter2") == nil)
        #expect(SecretMasker.none.secret(in: "hunter22") == nil)
    }

    @Test("without secrets nothing is masked or held back")
    func masksNothing() throws {
        #expect(SecretMasker.none.isEmpty)
        #expect(try SecretMasker([:]).isEmpty)
        #expect(try !Self.masker("abcd").isEmpty)
        var stream = SecretMasker.none.stream()
        #expect(stream.push([1, 2]) == [1, 2])
        #expect(stream.finish() == [])
    }

    @Test("the end of a text that was cut off is masked where it may begin a secret")
    func cut() throws {
        for (text, expected) in [
            ("the hunter2", "the ***"), ("the hunt", "the ***"), ("the hun", "the hun"),
            ("the hunter22", "the ***"), ("the hunter22 hunte", "the *** ***"),
            ("the end", "the end"),
        ] {
            var stream = try Self.masker("hunter22").stream()
            let shown = stream.push(Array(text.utf8)) + stream.cut()
            #expect(String(decoding: shown, as: UTF8.self) == expected)
            // Another may begin.
            #expect(stream.push(Array("er22\n".utf8)) == Array("er22\n".utf8))
        }
    }

    @Test("a stream holds back only what may begin a secret")
    func holdsBack() throws {
        var stream = try Self.masker("hunter22").stream()
        #expect(stream.push(Array("the hun".utf8)) == Array("the ".utf8))
        #expect(stream.push(Array("ter22 and hunt".utf8)) == Array("*** and ".utf8))
        #expect(stream.push(Array("ing".utf8)) == Array("hunting".utf8))
        #expect(stream.push(Array("h".utf8)) == [])
        #expect(stream.finish() == Array("h".utf8))
        #expect(stream.push(Array("unter22".utf8)) == Array("unter22".utf8))
    }
}
