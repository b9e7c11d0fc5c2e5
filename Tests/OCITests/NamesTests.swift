import OCI
import Testing

struct NamesTests {
    @Test("a digest of bytes")
    func digest() {
        #expect(
            Digest(of: []).description
                == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test(
        "a malformed digest is rejected",
        arguments: ["", "sha256", "sha256:", "md5:00", "sha256:zz", "sha256:../../etc"])
    func badDigest(text: String) {
        #expect(throws: DigestError.self) { try Digest(parsing: text) }
    }

    @Test(
        "image references",
        arguments: [
            ("busybox", nil, "library/busybox", nil), ("library/gcc:12", nil, "library/gcc", "12"),
            ("localhost:5000/a/b:c", "localhost:5000", "a/b", "c"),
        ] as [(String, String?, String, String?)])
    func reference(text: String, host: String?, repository: String, tag: String?) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.host == host)
        #expect(reference.repository == repository)
        #expect(reference.tag == tag)
    }

    @Test("what is no image reference", arguments: ["", "UPPER", "a b", "a:", "a@sha256:1", "/a"])
    func notReference(text: String) {
        #expect(throws: ReferenceError.self) { try ImageReference(parsing: text) }
    }
}
