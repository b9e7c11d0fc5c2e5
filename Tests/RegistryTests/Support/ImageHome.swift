import Domain
import OCI
import Registry
import Storage
import TestSupport

/// A store of images in a temporary folder.
struct ImageHome: Sendable {
    let path: String
    let blobs: BlobStore
    let images: ImageStore
    static let now = Timestamp(microseconds: 1)

    static func with<Value>(_ body: (ImageHome) async throws -> Value) async throws -> Value {
        try await withTemporaryFolder { path in
            try await body(try await ImageHome(at: path))
        }
    }

    init(at path: String) async throws {
        self.path = path
        for folder in ["blobs/tmp", "blobs/sha256"] { try Files.makeFolders("\(path)/\(folder)") }
        blobs = BlobStore(path: "\(path)/blobs")
        let database = try Database(path: "\(path)/slipway.db")
        try await database.migrate(ImageStore.migrations, at: Self.now)
        images = ImageStore(
            database: database, blobs: blobs, temporaryPath: "\(path)/blobs/tmp")
    }

    @discardableResult
    func take(_ path: String, as name: String? = nil) async throws -> [ImportedImage] {
        try await images.import(
            path, as: try name.map { try ImageReference(parsing: $0) }, at: Self.now)
    }

    /// Every blob, and whatever else an import left among them.
    func leftovers() async throws -> [Substring] {
        try await shell(
            "find blobs -type f ! -name images.lock; find blobs/tmp -mindepth 1 -type d"
        ).split(separator: "\n")
    }

    /// The names of all images.
    func names() async throws -> [String] {
        try await images.list().map(\.reference.description)
    }

    /// Reads every blob of an image and compares it with its digest.
    func verify(_ name: String) async throws -> Bool {
        let (digest, manifest, _) = try await images.inspect(try ImageReference(parsing: name))
        let all = [digest, manifest.configuration.digest] + manifest.layers.map(\.digest)
        return try all.allSatisfy { Digest(of: try blobs.read($0, limit: 1 << 30)) == $0 }
    }

    @discardableResult
    func shell(_ script: String) async throws -> String {
        let environment = ["BUSYBOX": try Checkout.image("busybox"), "HOME": path]
        let result = try await Program.run(
            "/bin/bash", ["-c", "set -e\n\(script)"], environment: environment, folder: path)
        guard result.code == 0 else {
            throw StorageError.archive(path: script, why: result.error)
        }
        return result.output
    }
}
