import Workflows

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
