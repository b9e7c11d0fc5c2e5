import Domain
import OCI
import Storage
import TestSupport
import Testing

/// Makes images whose configuration and layers say what no honest tool would.
struct HostileImage {
    private let home: TestHome

    init(_ home: TestHome) { self.home = home }

    /// Busybox with another configuration and one more layer, imported under a name.
    func make(
        _ name: String, user: String? = nil, configuration: [String: JSONValue] = [:],
        layer build: (inout RawTar) -> Void = { _ in }
    ) async throws {
        let result = try await offer(
            name, user: user, configuration: configuration, layer: build)
        try #require(result.code == 0, "\(result.error)")
    }

    /// The same, where the import may refuse it. `top` stands beside `config` and replaces what is
    /// there.
    func offer(
        _ name: String, user: String? = nil, configuration: [String: JSONValue] = [:],
        top: [String: JSONValue] = [:], layer build: (inout RawTar) -> Void = { _ in }
    ) async throws -> ProgramResult {
        let folder = try Files.makeTemporaryFolder(prefix: "\(home.folder)/image")
        let unpacked = try await Program.run(
            "/bin/tar", ["-xf", try Checkout.image("busybox"), "-C", folder])
        try #require(unpacked.code == 0, "\(unpacked.error)")
        let manifest = try read("\(folder)/manifest.json").arrayValue?.first
        let file = try #require(manifest?["Config"]?.stringValue)
        var json = try #require(try read("\(folder)/\(file)").objectValue)
        var layers = manifest?["Layers"]?.arrayValue ?? []

        var tar = RawTar()
        build(&tar)
        if !tar.bytes.isEmpty {
            try Files.writeFile("\(folder)/hostile.tar", tar.finished)
            layers.append("hostile.tar")
            let ids = json["rootfs"]?["diff_ids"]?.arrayValue ?? []
            json["rootfs"] = [
                "type": "layers",
                "diff_ids": .array(
                    ids + [.string(OCI.Digest(of: tar.finished).description)]),
            ]
        }
        var run = json["config"]?.objectValue ?? [:]
        if let user { run["User"] = .string(user) }
        run.merge(configuration) { $1 }
        json["config"] = .object(run)
        json.merge(top) { $1 }
        let bytes = JSONValue.object(json).canonicalBytes
        let named = "\(OCI.Digest(of: bytes).hex).json"
        try Files.writeFile("\(folder)/\(named)", bytes)
        try Files.writeFile(
            "\(folder)/manifest.json",
            JSONValue.array([
                ["Config": .string(named), "RepoTags": [.string(name)], "Layers": .array(layers)]
            ]).canonicalBytes)
        let packed = try await Program.run(
            "/bin/sh", ["-c", "cd '\(folder)' && rm '\(file)' && tar -cf '\(folder).tar' ."])
        try #require(packed.code == 0, "\(packed.error)")
        return try await home.slipway(["image", "import", "\(folder).tar", name])
    }

    private func read(_ path: String) throws -> JSONValue {
        try JSONParser.parse(try Files.readFile(path, limit: 16 << 20))
    }
}
