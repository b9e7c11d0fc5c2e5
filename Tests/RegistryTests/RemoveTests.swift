import Domain
import OCI
import Registry
import Storage
import TestSupport
import Testing

struct RemoveTests {
    private func reference(_ text: String) throws -> ImageReference {
        try ImageReference(parsing: text)
    }

    @Test("the last tag takes the blobs with it")
    func last() async throws {
        try await ImageHome.with { home in
            let path = try Checkout.image("busybox")
            try await home.take(path, as: "a:1")
            try await home.take(path, as: "a:2")
            try await home.images.remove(try reference("a:1"))
            #expect(try await home.verify("a:2"))
            try await home.images.remove(try reference("a:2"))
            #expect(try await home.leftovers() == [])
            await #expect(throws: RegistryError.self) {
                try await home.images.remove(try reference("a:2"))
            }
        }
    }

    @Test("blobs that another image shares stay")
    func shared() async throws {
        try await ImageHome.with { home in
            // Two images of one layer: other labels make another configuration.
            let layout = try Layout(at: "\(home.path)/image")
            let layer = Layout.layer("shared")
            let descriptor = try layout.blob(layer, type: MediaType.layer)
            for label in ["one", "two"] {
                let configuration = Array(
                    String(decoding: layout.configuration([Digest(of: layer)]), as: UTF8.self)
                        .replacing("/bin/sh", with: label).utf8)
                let manifest = layout.manifest(
                    try layout.blob(configuration, type: MediaType.configuration), [descriptor])
                try layout.write(index: [try layout.blob(manifest, type: MediaType.manifest)])
                try await home.take(layout.path, as: "a:\(label)")
            }
            #expect(try await home.leftovers().count == 5)
            try await home.images.remove(try reference("a:one"))
            #expect(try await home.verify("a:two"))
            #expect(try await home.leftovers().count == 3)
            try await home.images.remove(try reference("a:two"))
            #expect(try await home.leftovers() == [])
        }
    }

    @Test("by digest: every tag of it, and no other")
    func byDigest() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [try layout.image("one")])
            let one = try #require(try await home.take(layout.path, as: "a:latest").first).manifest
            try await home.take(layout.path, as: "a:old")
            try layout.write(index: [try layout.image("two")])
            try await home.take(layout.path, as: "a:latest")
            // `latest` is another image by now: it must stay.
            try await home.images.remove(try reference("a@\(one)"))
            #expect(try await home.names() == ["library/a:latest"])
            #expect(try await home.verify("a:latest"))
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("by digest: an image that lost its tag to another")
    func untagged() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [try layout.image("one")])
            let one = try #require(try await home.take(layout.path, as: "a:1").first).manifest
            try layout.write(index: [try layout.image("two")])
            try await home.take(layout.path, as: "a:1")
            // Runs that named it by digest still find it.
            #expect(try await home.images.resolve(try reference("a@\(one)")) == one)
            try await home.images.remove(try reference("a@\(one)"))
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("a tag that is not this digest is no reason to remove anything")
    func tagAndDigest() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [try layout.image("one")])
            let one = try #require(try await home.take(layout.path, as: "a:1").first).manifest
            try layout.write(index: [try layout.image("two")])
            try await home.take(layout.path, as: "a:2")
            await #expect(throws: RegistryError.self) {
                try await home.images.remove(try reference("a:2@\(one)"))
            }
            #expect(try await home.names() == ["library/a:1", "library/a:2"])
        }
    }

    @Test("removing while the same image is imported leaves it whole or gone", arguments: 0..<5)
    func race(round: Int) async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [try layout.image("one")])
            try await home.take(layout.path, as: "a:0")
            await withTaskGroup(of: Void.self) { group in
                for number in 1...8 {
                    group.addTask {
                        do { try await home.take(layout.path, as: "a:\(number)") } catch {
                            Issue.record("an import failed: \(error)")
                        }
                    }
                }
                group.addTask {
                    do { try await home.images.remove(try ImageReference(parsing: "a:0")) } catch {
                        Issue.record("the removal failed: \(error)")
                    }
                }
            }
            for number in 1...8 { #expect(try await home.verify("a:\(number)")) }
        }
    }
}
