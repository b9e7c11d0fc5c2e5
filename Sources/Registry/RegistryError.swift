import Domain
package import OCI

/// What can go wrong with the images of a home.
package enum RegistryError: Error, Sendable, CustomStringConvertible {
    case notAnImage(path: String, why: String)
    case nameNeeded(path: String)
    case noSuchImage(ImageReference, nearest: String?)
    case damaged(what: String, why: String)
    case digestDiffers(ImageReference, actual: Digest)
    /// It is here for other platforms.
    case otherPlatform(ImageReference, wanted: Platform, found: [Platform])
    /// Nobody says where to pull it from.
    case noHost(ImageReference)
    /// The registry does not have it.
    case notFound(ImageReference, why: String, nearest: String?)
    case unauthorized(ImageReference, hadCredentials: Bool, files: [String], why: String)
    case denied(ImageReference, why: String)
    case untrusted(String, why: String)
    case unreachable(String, why: String)
    case tooManyRequests(String, retryAfterSeconds: Int64?)
    /// A registry that does not keep to the protocol.
    case misbehaves(String, why: String)
    /// An image of a kind that is not run.
    case unsupported(String, why: String)
    case tooLarge(String, limit: String)
    case noRoom(path: String, needed: String, free: String)
    case helper(String, why: String)
    case credentialFile(String, why: String)
    case certificateFile(String, why: String)
    /// A variable of the environment that names no proxy.
    case proxy(String, why: String)

    package var description: String {
        switch self {
        case .notAnImage(let path, let why):
            "'\(path)' is neither a docker-archive nor an OCI layout: \(why)"
        case .nameNeeded(let path):
            "'\(path)' does not name its image; give a name: slipway image import \(path) NAME:TAG"
        case .noSuchImage(let reference, let nearest):
            "image \(reference) is not in this home; "
                + reference.howToBringIn(nearest: nearest)
                + "; 'slipway image list' shows those that are here"
        case .damaged(let what, let why): "\(what): \(why)"
        case .digestDiffers(let reference, let actual):
            "\(reference) names a digest, but that tag is \(actual)"
        default: remoteDescription
        }
    }
}

extension ImageReference {
    /// What to type for an image that is not here. `library/NAME` without a host is how Docker Hub
    /// calls its own; other names are not looked for at strangers.
    ///
    /// `nearest`: one that is here and was perhaps meant. `platform`: where another than the
    /// machine's own is wanted.
    package func howToBringIn(
        nearest: String?, for platform: Platform? = nil
    ) -> String {
        let guess = nearest.map { "did you mean \($0)? " } ?? ""
        let isImported = "'slipway image import FILE \(self)' brings one in"
        if host != nil { return "\(guess)'\(pull(for: platform))' brings it in, \(isImported)" }
        guard digest == nil, repository.hasPrefix("library/") else { return guess + isImported }
        return "\(guess)\(isImported), or 'slipway image pull docker.io/\(self) --as \(self)'"
    }

    /// The command that pulls it.
    package func pull(for platform: Platform?) -> String {
        "slipway image pull \(platform.map { "--platform \($0) " } ?? "")\(self)"
    }
}

extension RegistryError {
    /// What a registry, or the way to it, has to do with it.
    private var remoteDescription: String {
        switch self {
        case .noHost(let reference):
            "'\(reference)' has no host, so there is nothing to pull it from; name its registry, "
                + "such as docker.io/\(reference)"
        case .otherPlatform(let reference, let wanted, let found):
            "image \(reference) is here for \(found.map(\.description).joined(separator: ", ")); "
                + "'\(reference.pull(for: wanted))' brings in the other"
        case .notFound(let reference, let why, let nearest):
            "\(reference) is not there: \(why)"
                + (nearest.map { "; did you mean \($0)?" } ?? "")
        case .unauthorized(let reference, let hadCredentials, let files, let why):
            Self.unauthorized(reference, hadCredentials, files, why)
        case .denied(let reference, let why):
            "\(reference.host ?? "") does not let these credentials pull "
                + "\(reference.repository): \(why)"
        case .untrusted(let origin, let why):
            "\(origin) is not trusted: \(why); put the authority's certificate into "
                + "/etc/containers/certs.d/\(Self.host(origin))/ca.crt, or name it in "
                + "$SLIPWAY_HOME/config.yaml: registries: {\"\(Self.host(origin))\": "
                + "{ca: FILE}}"
        case .unreachable(let origin, let why): "\(origin) cannot be reached: \(why)"
        case .tooManyRequests(let origin, let seconds):
            "\(origin) gets too many requests"
                + (seconds.map { "; it asks to come again in \($0) s" } ?? "")
                + "; credentials may raise its limit: podman login \(Self.host(origin))"
        case .misbehaves(let origin, let why): "\(origin): \(why)"
        case .unsupported(let what, let why): "\(what) cannot be run here: \(why)"
        case .tooLarge(let what, let limit): "\(what) is larger than \(limit)"
        case .noRoom(let path, let needed, let free):
            "\(needed) are needed on the disk that holds '\(path)', and \(free) are free; "
                + "'slipway gc' frees what nothing needs, 'slipway image list' shows the rest"
        case .helper(let program, let why): "credential helper \(program): \(why)"
        case .credentialFile(let path, let why): "credentials in '\(path)': \(why)"
        case .certificateFile(let path, let why): "certificates in '\(path)': \(why)"
        case .proxy(let name, let why): "$\(name): \(why)"
        default: ""
        }
    }

    private static func unauthorized(
        _ reference: ImageReference, _ hadCredentials: Bool, _ files: [String], _ why: String
    ) -> String {
        let host = reference.host ?? ""
        let problem =
            hadCredentials
            ? "the credentials for \(host) do not let us pull \(reference.repository)"
            : "\(host) wants credentials for \(reference.repository), or has no such repository"
        return "\(problem): \(why); log in with 'podman login \(host)', or write them to "
            + (files.last.map { "'\($0)'" } ?? "a file of credentials")
            + " (looked in \(files.joined(separator: ", ")))"
    }

    /// `https://host:5000` → `host:5000`.
    private static func host(_ origin: String) -> Substring {
        origin.firstRange(of: "://").map { origin[$0.upperBound...] } ?? origin[...]
    }
}
