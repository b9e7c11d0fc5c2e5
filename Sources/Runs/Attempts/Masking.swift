import Workflows

/// Takes the secrets of one run out of texts; made where all is joined.
package protocol Masking: Sendable {
    func mask(_ text: String) -> String
    /// The name of a secret that stands in the text in any form; nil when there is none.
    func secret(in text: String) -> String?
    func logMask() -> any LogMask
}

extension Masking {
    /// A text for a message: masked as a whole, and cut to 4,096 scalars after that.
    func message(_ text: String) -> String {
        let masked = mask(text)
        guard masked.utf8.count > 4096 else { return masked }
        let scalars = masked.unicodeScalars
        guard scalars.count > 4096 else { return masked }
        return String(String.UnicodeScalarView(scalars.prefix(4096))) + "…"
    }
}

extension Entrance {
    func masked(by masker: any Masking) -> Entrance {
        Entrance(
            actor: actor, command: command.map(masker.mask), user: user.map(masker.mask),
            service: service)
    }
}

extension HookOutcome {
    func masked(by masker: any Masking) -> HookOutcome {
        let log = log.map(masker.mask)
        return switch self {
        case .passed(let value, _): .passed(value, log: log)
        case .failed(let why, _): .failed(masker.mask(why), log: log)
        case .errored(let why, _): .errored(masker.mask(why), log: log)
        case .skipped(let why, _): .skipped(masker.mask(why), log: log)
        }
    }
}
