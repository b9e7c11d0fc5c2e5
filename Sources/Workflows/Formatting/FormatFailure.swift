package import Domain

/// Why a text was not laid out anew; it stays as it is.
package enum FormatFailure: Error, Hashable, Sendable {
    /// It is not YAML that slipway reads.
    case invalid([Diagnostic])
    /// A form of YAML that is left alone.
    case unsupported(TextPosition, String)
    /// The new text would not mean the same: a mistake of the formatter.
    case changesMeaning
}
