/// Media types that slipway reads (OCI image spec 1.1, "Media Types"; Docker schema 2).
package enum MediaType {
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let configuration = "application/vnd.oci.image.config.v1+json"
    package static let layer = "application/vnd.oci.image.layer.v1.tar"
    package static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    package static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    package static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerConfiguration = "application/vnd.docker.container.image.v1+json"
    package static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    /// Layers that registries may not hand out (OCI image spec 1.1, "Non-Distributable Layers").
    package static func isForeignLayer(_ type: String) -> Bool {
        type.hasPrefix("application/vnd.oci.image.layer.nondistributable.v1.tar")
            || type.hasPrefix("application/vnd.docker.image.rootfs.foreign.diff.tar")
    }

    /// How a layer's bytes are packed; nil for a type that is no layer.
    package static func compression(ofLayer type: String) -> LayerCompression? {
        switch type {
        case layer, "application/vnd.docker.image.rootfs.diff.tar": .uncompressed
        case layerGzip, dockerLayer: .gzip
        case layerZstd: .zstd
        default: nil
        }
    }
}

package enum LayerCompression: Hashable, Sendable {
    case uncompressed, gzip, zstd

    /// Told by the first bytes of the data (RFC 1952 §2.3.1, RFC 8878 §3.1.1).
    package init(detecting bytes: [UInt8]) {
        if bytes.starts(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd
        } else {
            self = .uncompressed
        }
    }
}
