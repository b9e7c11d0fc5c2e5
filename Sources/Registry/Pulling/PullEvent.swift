package import OCI

/// What happens during a pull, for those who watch it.
package enum PullEvent: Sendable {
    /// What is to come; layers in the image's order.
    case began(ImageReference, manifest: Digest, platform: Platform, layers: [Descriptor])
    case layerIsHere(Digest)
    /// `received`: bytes that are there from an earlier attempt.
    case layerBegan(Digest, received: Int64)
    case layerReceived(Digest, received: Int64)
    case layerEnded(Digest)
    /// Another pull brings it in.
    case layerIsShared(Digest)
    /// Something is tried again.
    case waits(Duration, why: String)
    case mirrorFailed(String, why: String)
}

/// An image that a pull brought in, or found to be here.
package struct PulledImage: Sendable {
    package let reference: ImageReference
    /// All names it has here now.
    package let names: [ImageReference]
    /// What the name means at its registry: the index, where there is one.
    package let root: Digest
    package let manifest: Digest
    package let platform: Platform
    /// Bytes of the layers.
    package let size: Int64
    /// Bytes of layers that came over the network.
    package let received: Int64
    /// Whether the home lacked any of it, or the name meant something else.
    package let isNew: Bool
    /// What is wrong with the component's manifest; the image runs nevertheless.
    package let warnings: [String]
}

/// What is to be pulled.
package struct PullRequest: Sendable {
    package var reference: ImageReference
    /// A second name for it.
    package var name: ImageReference?
    package var platform: Platform

    package init(
        _ reference: ImageReference, as name: ImageReference? = nil, platform: Platform = .current
    ) {
        self.reference = reference
        self.name = name
        self.platform = platform
    }
}
