/// Takes the secrets out of one stream of text that comes in pieces.
///
/// What `push` gives and `finish` gives, joined, is the masked text, wherever it was cut. After
/// `finish` the next text may begin. The masker of `Secrets` is made one where all is joined.
package protocol LogMask: Sendable {
    mutating func push(_ bytes: [UInt8]) -> [UInt8]
    mutating func finish() -> [UInt8]
    /// The same, for a text that was cut off: what may be half a secret is masked too.
    mutating func cut() -> [UInt8]
}

/// For runs without secrets.
package struct NoMask: LogMask {
    package init() {}

    package mutating func push(_ bytes: [UInt8]) -> [UInt8] { bytes }
    package mutating func finish() -> [UInt8] { [] }
    package mutating func cut() -> [UInt8] { [] }
}
