import Domain

/// What an image says about running it (OCI image spec 1.1, "Image Configuration").
package struct ImageConfiguration: Hashable, Sendable {
    package let platform: Platform
    /// `NAME=VALUE`, in order.
    package let environment: [String]
    package let entrypoint: [String]
    package let command: [String]
    package let user: String
    /// Absolute.
    package let workingFolder: String
    package let labels: [String: String]
    /// Digests of the uncompressed layers, lowest first.
    package let diffIDs: [Digest]

    package init(parsing bytes: [UInt8]) throws(ImageError) {
        let what = "image configuration"
        let json = try ImageManifest.json(bytes, what)
        func problem(_ why: String) -> ImageError { .malformed(what: what, why: why) }
        guard let platform = Platform(json) else {
            throw problem("it has no os or no architecture")
        }
        self.platform = platform
        guard json["rootfs"]?["type"]?.stringValue == "layers",
            let ids = json["rootfs"]?["diff_ids"]?.arrayValue, ids.count <= ImageManifest.layerLimit
        else { throw problem("rootfs is not a list of at most 512 layers") }
        var digests: [Digest] = []
        for id in ids {
            do { digests.append(try Digest(parsing: id.stringValue ?? "")) } catch {
                throw problem("rootfs.diff_ids: \(error.description)")
            }
        }
        diffIDs = digests
        let run = json["config"] ?? .null
        environment = try Self.list(run["Env"], "Env")
        entrypoint = try Self.list(run["Entrypoint"], "Entrypoint")
        command = try Self.list(run["Cmd"], "Cmd")
        user = run["User"]?.stringValue ?? ""
        let folder = run["WorkingDir"]?.stringValue ?? ""
        workingFolder = folder.hasPrefix("/") && !folder.utf8.contains(0) ? folder : "/"
        labels = (run["Labels"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
    }

    private static func list(_ value: JSONValue?, _ name: String) throws(ImageError) -> [String] {
        guard let value, value != .null else { return [] }
        let texts = value.arrayValue?.compactMap(\.stringValue) ?? []
        guard texts.count == value.arrayValue?.count, texts.count <= 10_000,
            texts.allSatisfy({ !$0.utf8.contains(0) })
        else {
            throw .malformed(
                what: "image configuration", why: "config.\(name) is not a list of texts")
        }
        return texts
    }
}
