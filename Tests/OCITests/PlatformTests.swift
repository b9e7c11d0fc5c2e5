import OCI
import TestSupport
import Testing

/// Platforms, and what an index offers for them.
struct PlatformTests {
    @Test(
        "names of one machine are one platform",
        arguments: [
            ("linux/amd64", "linux/amd64"), ("linux/x86_64", "linux/amd64"),
            ("linux/aarch64", "linux/arm64"), ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"), ("linux/arm/v6", "linux/arm/v6"),
            ("linux/amd64/v1", "linux/amd64"), ("linux/amd64/v3", "linux/amd64/v3"),
        ])
    func names(text: String, expected: String) throws {
        #expect(try Platform(parsing: text).description == expected)
        #expect(try Platform(parsing: expected).description == expected)
    }

    @Test(
        "what is no platform",
        arguments: [
            ("", "is not a platform"), ("arm64", "is not a platform"),
            ("windows/amd64", "is not a platform"), ("linux/", "is not a platform"),
            ("linux/arm/v7/x", "is not a platform"), ("linux/AMD64", "is not a platform"),
            ("linux/../x", "is not a platform"), ("linux/amd46", "did you mean 'amd64'?"),
            ("linux/sparc", "expected one of"),
        ])
    func wrong(text: String, why: String) throws {
        let error = try #require(throws: PlatformError.self) { try Platform(parsing: text) }
        #expect(error.description.contains(why), "\(error)")
    }

    private static func index(_ platforms: [(String, String?)]) throws -> ImageIndex {
        let entries = platforms.enumerated().map { number, platform in
            let variant = platform.1.map { #","variant":"\#($0)""# } ?? ""
            return #"{"mediaType":"a/b","digest":"\#(Digest(of: [UInt8(number)]))","size":1,"#
                + #""platform":{"os":"linux","architecture":"\#(platform.0)"\#(variant)}}"#
        }
        return try ImageIndex(
            parsing: Array(#"{"manifests":[\#(entries.joined(separator: ","))]}"#.utf8))
    }

    @Test(
        "the best that an index has is chosen",
        arguments: [
            ("linux/arm/v7", 2), ("linux/arm/v6", 1), ("linux/arm64", 3), ("linux/amd64", 0),
        ])
    func chosen(text: String, expected: UInt8) throws {
        let index = try Self.index([
            ("amd64", nil), ("arm", "v6"), ("arm", "v7"), ("arm64", "v8"), ("amd64", "v3"),
        ])
        let found = try index.manifest(for: try Platform(parsing: text))
        #expect(found.digest == Digest(of: [expected]))
    }

    @Test("an older processor's stands in, a newer one's does not")
    func substitutes() throws {
        let index = try Self.index([("arm", "v6"), ("amd64", "v3")])
        let found = try index.manifest(for: try Platform(parsing: "linux/arm/v7"))
        #expect(found.platform?.variant == "v6")
        for text in ["linux/arm/v5", "linux/amd64", "linux/arm64"] {
            #expect(throws: ImageError.self) {
                try index.manifest(for: try Platform(parsing: text))
            }
        }
    }

    @Test("altered texts are refused or read, never trapped on", arguments: 0..<5)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = String(
                decoding: random.mutated(Array("linux/arm/v7".utf8)), as: UTF8.self)
            do {
                let platform = try Platform(parsing: text)
                #expect(try Platform(parsing: platform.description) == platform)
            } catch {
                // Refused: the other right answer.
            }
        }
    }
}
