import Domain
import OCI
import TestSupport
import Testing
import Workflows

/// `<file>.lock` and a home's `config.yaml`.
struct LockFileTests {
    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    private static func found(_ text: String) -> [String] {
        LockFile(parsing: Array(text.utf8)).diagnostics.map { $0.rendered(file: "f") }
    }

    @Test("what is written is read back, and is the same each time")
    func roundTrip() throws {
        let digest = try Digest(parsing: Self.digest)
        let names = ["host.name:5000/a/b:1", "library/gcc:12", "a/b@\(Self.digest)", "a/b:x"]
        let lock = LockFile(components: Dictionary(names.map { ($0, digest) }) { $1 })
        let read = LockFile(parsing: Array(lock.text.utf8))
        #expect(read.diagnostics.isEmpty, "\(read.diagnostics)")
        #expect(read.components == lock.components)
        #expect(read.text == lock.text)
        #expect(LockFile(parsing: Array(LockFile(components: [:]).text.utf8)).diagnostics.isEmpty)
    }

    @Test("a name that stands for another is the same component")
    func normal() {
        let lock = LockFile(
            parsing: Array("slipway-lock: 1\ncomponents: {gcc: '\(Self.digest)'}\n".utf8))
        #expect(Array(lock.components.keys) == ["library/gcc"])
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            ("components: {}", "f:1:1: error[invalid-version]"),
            ("slipway-lock: 2\ncomponents: {}", "f:1:15: error[invalid-version]"),
            ("slipway-lock: 1", "f:1:1: error[missing-key]: 'components' is missing"),
            ("slipway-lock: 1\ncomponents: []", "f:2:13: error[wrong-type]"),
            ("slipway-lock: 1\ncomponents: {A: x}", "f:2:14: error[invalid-image]"),
            ("slipway-lock: 1\ncomponents: {a: x}", "f:2:17: error[invalid-value]"),
            ("slipway-lock: 1\ncomponents: {a: }", "f:2:17: error[wrong-type]"),
            ("slipway-lock: 1\ncomponent: {}", "did you mean 'components'?"),
            ("{", "error[yaml-syntax]"),
        ])
    func wrong(text: String, expected: String) {
        #expect(Self.found(text).contains { $0.contains(expected) }, "\(Self.found(text))")
    }

    @Test("registries of a configuration")
    func registries() throws {
        let text = """
            approvers: {g: [ada]}
            registries:
              host.name:5000: {insecure: true, ca: /a/b.pem}
              docker.io: {mirrors: [mirror.name, mirror.name:5000/docker]}
            """
        let (file, findings) = ConfigurationFile.read(Array(text.utf8))
        #expect(findings.isEmpty, "\(findings)")
        #expect(file.approvers == ["g": ["ada"]])
        let host = try #require(file.registries["host.name:5000"])
        #expect(host.isInsecure)
        #expect(host.authorityFile == "/a/b.pem")
        #expect(
            file.registries["docker.io"]?.mirrors == ["mirror.name", "mirror.name:5000/docker"])
    }

    @Test(
        "what is wrong with registries is said with its place",
        arguments: [
            ("registries: []", "f:1:13: error[wrong-type]"),
            ("registries: {nohost: {}}", "f:1:14: error[invalid-value]"),
            ("registries: {a.b/c: {}}", "f:1:14: error[invalid-value]"),
            ("registries: {a.b: {ca: x}}", "f:1:24: error[invalid-path]"),
            ("registries: {a.b: {insecure: yes}}", "f:1:30: error[wrong-type]"),
            ("registries: {a.b: {mirrors: [x]}}", "f:1:30: error[invalid-value]"),
            ("registries: {a.b: {mirror: []}}", "did you mean 'mirrors'?"),
        ])
    func wrongRegistries(text: String, expected: String) {
        let found = ConfigurationFile.read(Array(text.utf8)).diagnostics.map {
            $0.rendered(file: "f")
        }
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test("altered files are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let lock = "slipway-lock: 1\ncomponents:\n  \"host.name/a:1\": \(Self.digest)\n"
        let configuration = "registries: {a.b: {insecure: true, ca: /x, mirrors: [c.d/e]}}\n"
        for _ in 0..<200 {
            let read = LockFile(parsing: random.mutated(Array(lock.utf8)))
            if read.diagnostics.isEmpty {
                #expect(LockFile(parsing: Array(read.text.utf8)).components == read.components)
            }
            _ = ConfigurationFile.read(random.mutated(Array(configuration.utf8)))
        }
    }
}
