import OCI
import TestSupport
import Testing

/// Manifests, indexes, configurations and names that came from elsewhere.
struct ParserTests {
    private static let hex = String(repeating: "a", count: 64)
    private static let descriptor =
        #"{"mediaType":"application/vnd.oci.image.config.v1+json","#
        + #""digest":"sha256:\#(hex)","size":7}"#
    private static let manifest =
        #"{"schemaVersion":2,"config":\#(descriptor),"layers":[\#(descriptor)]}"#
    private static let index =
        #"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:\#(hex)","size":1,"#
        + #""platform":{"os":"linux","architecture":"amd64"},"annotations":{"a":"b"}}]}"#
    private static let configuration =
        #"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":"#
        + #"["sha256:\#(hex)"]},"config":{"Env":["A=b"],"Cmd":["x"],"User":"1","#
        + #""Labels":{"l":"m"}}}"#

    @Test("what is well formed is read")
    func reads() throws {
        let manifest = try ImageManifest(parsing: Array(Self.manifest.utf8))
        #expect(manifest.layers.count == 1)
        #expect(manifest.digest == Digest(of: Self.manifest.utf8))
        #expect(try ImageIndex(parsing: Array(Self.index.utf8)).manifests.count == 1)
        let configuration = try ImageConfiguration(parsing: Array(Self.configuration.utf8))
        #expect(configuration.diffIDs.count == 1)
        #expect(configuration.labels == ["l": "m"])
    }

    @Test(
        "a malformed manifest is refused by what is wrong",
        arguments: [
            ("", "byte 0"),
            ("[]", "schemaVersion"),
            (#"{"schemaVersion":1}"#, "schemaVersion is not 2"),
            (#"{"schemaVersion":2}"#, "no config or no layers"),
            (#"{"schemaVersion":2,"config":null,"layers":[]}"#, "without mediaType"),
            (#"{"schemaVersion":2,"config":\#(descriptor),"layers":{}}"#, "no config or no layers"),
            (#"{"schemaVersion":2,"config":\#(descriptor),"layers":[1]}"#, "without mediaType"),
            (manifest.replacing(hex, with: "../../etc/passwd"), "a digest of 16 digits"),
            (manifest.replacing("sha256", with: "md5"), "md5"),
            (manifest.replacing(#""size":7"#, with: #""size":-7"#), "no valid size"),
            (manifest.replacing(#""size":7"#, with: #""size":7.5"#), "no valid size"),
            (manifest.replacing(#""size":7"#, with: #""size":1e30"#), "no valid size"),
            (manifest + "x", "expected the end"),
            (manifest.replacing("layers", with: "config"), "stands twice"),
            (String(repeating: "[", count: 5000), "nested deeper"),
            (
                #"{"schemaVersion":2,"config":\#(descriptor),"layers":["#
                    + [String](repeating: descriptor, count: 513).joined(separator: ",") + "]}",
                "513 layers"
            ),
        ]
    )
    func badManifest(text: String, why: String) throws {
        let error = try #require(throws: ImageError.self) {
            try ImageManifest(parsing: Array(text.utf8))
        }
        #expect(error.description.contains(why), "\(error)")
    }

    @Test("a manifest has a largest size")
    func largeManifest() throws {
        let padding = [UInt8](repeating: 0x20, count: ImageManifest.sizeLimit)
        let error = try #require(throws: ImageError.self) {
            try ImageManifest(parsing: Array(Self.manifest.utf8) + padding)
        }
        #expect(error.description.contains("4 MiB"))
    }

    @Test(
        "a malformed index is refused by what is wrong",
        arguments: [
            (#"{}"#, "no list of manifests"),
            (#"{"manifests":[{}]}"#, "without mediaType"),
            (
                #"{"manifests":["# + [String](repeating: "1", count: 1001).joined(separator: ",")
                    + "]}", "more than 1,000"
            ),
        ]
    )
    func badIndex(text: String, why: String) throws {
        let error = try #require(throws: ImageError.self) {
            try ImageIndex(parsing: Array(text.utf8))
        }
        #expect(error.description.contains(why), "\(error)")
    }

    @Test(
        "a malformed configuration is refused by what is wrong",
        arguments: [
            ("{}", "no os"),
            (configuration.replacing(#""os":"linux","#, with: ""), "no os"),
            (configuration.replacing(#""layers""#, with: #""else""#), "rootfs"),
            (configuration.replacing(hex, with: "x"), "rootfs.diff_ids"),
            (configuration.replacing(#"["A=b"]"#, with: #""A=b""#), "config.Env"),
            (configuration.replacing(#"["x"]"#, with: "[1]"), "config.Cmd"),
            (configuration.replacing(#"["x"]"#, with: #"["a\u0000b"]"#), "config.Cmd"),
        ]
    )
    func badConfiguration(text: String, why: String) throws {
        let error = try #require(throws: ImageError.self) {
            try ImageConfiguration(parsing: Array(text.utf8))
        }
        #expect(error.description.contains(why), "\(error)")
    }

    @Test(
        "a digest is text of one form alone",
        arguments: [
            ("sha256:", DigestError.wrongLength(expected: 64, actual: 0)),
            ("md5:00", .unsupportedAlgorithm("md5")),
            ("SHA256:\(hex)", .unsupportedAlgorithm("SHA256")),
            ("sha256", .missingAlgorithm("sha256")),
            ("sha256:\(hex)a", .wrongLength(expected: 64, actual: 65)),
            ("sha256:A\(hex.dropFirst())", .invalidCharacter(offset: 0)),
            ("sha256:\(hex.dropLast())/", .invalidCharacter(offset: 63)),
            ("sha256:\(hex.dropLast())\n", .invalidCharacter(offset: 63)),
            ("sha256:\(hex.dropLast(2))\u{e9}", .invalidCharacter(offset: 62)),
            ("sha512:\(hex)", .wrongLength(expected: 128, actual: 64)),
        ]
    )
    func badDigest(text: String, expected: DigestError) {
        #expect(throws: expected) { try Digest(parsing: text) }
    }

    @Test(
        "what is no image reference",
        arguments: [
            "", ":", "@", "/", "a//b", "a/", "-a", "a-", "a..b", "a___b", "a:b:c", "A/b", "a b",
            "a:\(String(repeating: "t", count: 129))", "a:-t", "host.name/", "host:99999/a",
            "host.name/a@sha256:12", "../a", "a/../b", "a\u{0}", "a/\u{301}b", "\u{e9}",
            String(repeating: "a/", count: 200) + "a", String(repeating: "a", count: 5000),
        ])
    func badReference(text: String) {
        #expect(throws: ReferenceError.self) { try ImageReference(parsing: text) }
    }

    @Test(
        "image references say what they mean",
        arguments: [
            ("busybox", "library/busybox"), ("a/b", "a/b"), ("a__b/c---d", "a__b/c---d"),
            ("localhost/a", "localhost/a"), ("host.name:5000/a/b:t", "host.name:5000/a/b:t"),
            ("a:t@sha256:\(hex)", "library/a:t@sha256:\(hex)"),
        ])
    func reference(text: String, expected: String) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.description == expected)
        #expect(try ImageReference(parsing: reference.description) == reference)
    }

    @Test("altered texts are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            do { _ = try ImageManifest(parsing: random.mutated(Array(Self.manifest.utf8))) } catch {
                // Refused: the other right answer.
            }
            do { _ = try ImageIndex(parsing: random.mutated(Array(Self.index.utf8))) } catch {}
            do {
                _ = try ImageConfiguration(parsing: random.mutated(Array(Self.configuration.utf8)))
            } catch {}
            let name = "host.name:5000/a/b_c:tag@sha256:\(Self.hex)"
            let text = String(decoding: random.mutated(Array(name.utf8)), as: UTF8.self)
            do {
                let reference = try ImageReference(parsing: text)
                #expect(try ImageReference(parsing: reference.description) == reference)
            } catch {}
            do {
                let digest = try Digest(
                    parsing: random.mutated(Array("sha256:\(Self.hex)".utf8)).text)
                #expect(!digest.hex.contains("/"))
            } catch {}
        }
    }
}

extension [UInt8] {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
