/// What a user says of a registry (`registries:` in a home's `config.yaml`).
package struct RegistryOptions: Hashable, Sendable {
    /// Its certificate is not checked, and plain HTTP will do.
    package var isInsecure = false
    /// A PEM file with the certificates of authorities to trust beside the machine's.
    package var authorityFile: String?
    /// Hosts that are asked first, in this order.
    package var mirrors: [String] = []
    /// Plain HTTP and nothing else.
    package var isPlain = false

    package init() {}
}
