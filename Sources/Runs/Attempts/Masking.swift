/// Takes the secrets of one run out of texts; made where all is joined.
package protocol Masking: Sendable {
    func mask(_ text: String) -> String
    /// The name of a secret that stands in the text in any form; nil when there is none.
    func secret(in text: String) -> String?
    func logMask() -> any LogMask
}
