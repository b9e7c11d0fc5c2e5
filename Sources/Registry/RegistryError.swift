package import OCI

/// What can go wrong with the images of a home.
package enum RegistryError: Error, Sendable, CustomStringConvertible {
    case notAnImage(path: String, why: String)
    case nameNeeded(path: String)
    case noSuchImage(ImageReference, nearest: String?)
    case damaged(what: String, why: String)
    case digestDiffers(ImageReference, actual: Digest)

    package var description: String {
        switch self {
        case .notAnImage(let path, let why):
            "'\(path)' is neither a docker-archive nor an OCI layout: \(why)"
        case .nameNeeded(let path):
            "'\(path)' does not name its image; give a name: slipway image import \(path) NAME:TAG"
        case .noSuchImage(let reference, let nearest):
            "image \(reference) is not in this home"
                + (nearest.map { "; did you mean \($0)?" } ?? "")
                + "; 'slipway image import FILE \(reference)' brings one in, "
                + "'slipway image list' shows those that are here"
        case .damaged(let what, let why): "\(what): \(why)"
        case .digestDiffers(let reference, let actual):
            "\(reference) names a digest, but that tag is \(actual)"
        }
    }
}
