import Workflows

/// Takes the secrets of one run out of texts; made where all is joined.
package protocol Masking: Sendable {
    func mask(_ text: String) -> String
    /// The name of a secret that stands in the text in any form; nil when there is none.
    func secret(in text: String) -> String?
    func logMask() -> any LogMask
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
