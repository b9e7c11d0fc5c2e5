/// Why values cannot serve as secrets.
package enum SecretsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Under 4 characters, blanks at both ends not counted.
    case tooShort(name: String)
    case tooLong(name: String, limitBytes: Int)
    /// All secrets together.
    case tooMuch(limitBytes: Int)
    case tooMany(limit: Int)

    package var description: String {
        switch self {
        case .tooShort(let name):
            "secret '\(name)' has fewer than 4 characters, too few to be masked in logs"
        case .tooLong(let name, let limit):
            "secret '\(name)' is larger than \(limit) bytes"
        case .tooMuch(let limit):
            "the secrets are together larger than \(limit) bytes"
        case .tooMany(let limit):
            "there are more than \(limit) secrets"
        }
    }
}
