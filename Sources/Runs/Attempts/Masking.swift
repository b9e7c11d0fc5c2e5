package import Workflows

/// Takes the secrets of one run out of texts; made where all is joined.
package protocol Masking: Sendable {
    /// There is nothing to take out.
    var isEmpty: Bool { get }
    func mask(_ text: String) -> String
    /// The name of a secret that stands in the text in any form; nil when there is none.
    func secret(in text: String) -> String?
    func logMask() -> any LogMask
}

extension Masking {
    /// For what quotes a job line by line; nil where there is nothing to take out.
    var lineMask: (@Sendable (String) -> String)? { isEmpty ? nil : { @Sendable in mask($0) } }

    /// A text for a message: masked as a whole, and cut to 4,096 scalars after that.
    func message(_ text: String) -> String {
        let masked = mask(text)
        guard masked.utf8.count > 4096 else { return masked }
        let scalars = masked.unicodeScalars
        guard scalars.count > 4096 else { return masked }
        return String(String.UnicodeScalarView(scalars.prefix(4096))) + "…"
    }
}

extension ExecutorError {
    /// With what it quotes of tools, images and services as `mask` leaves it.
    package func masked(_ mask: (String) -> String) -> ExecutorError {
        switch self {
        case .missing(let what, let hint): .missing(mask(what), hint: mask(hint))
        case .image(let why): .image(mask(why))
        case .program(let why): .program(mask(why))
        case .runtime(let why): .runtime(mask(why))
        case .service(let name, let why): .service(name, mask(why))
        case .network(let why): .network(mask(why))
        case .storage(let why): .storage(mask(why))
        case .disk(let why): .disk(mask(why))
        case .cancelled, .left: self
        }
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
