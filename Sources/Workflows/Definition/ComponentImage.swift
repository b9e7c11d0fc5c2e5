package import OCI

/// An image that a job runs: a component, perhaps of another platform than the machine's.
package struct ComponentImage: Hashable, Sendable, CustomStringConvertible {
    package let reference: ImageReference
    /// Nil for the machine's.
    package let platform: Platform?

    package init(_ reference: ImageReference, platform: Platform? = nil) {
        self.reference = reference
        self.platform = platform
    }

    /// Under which a run records its digest; also for people.
    package var description: String {
        "\(reference)" + (platform.map { " for \($0)" } ?? "")
    }
}
