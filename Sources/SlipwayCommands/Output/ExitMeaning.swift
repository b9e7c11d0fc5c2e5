import ArgumentParser

/// What a code at the end of a command means; `docs/reference/exit-codes.md` is made of this.
package struct ExitMeaning: Sendable {
    package let code: Int32
    package let name: String
    package let what: String

    /// Every code that a command of ours ends with, in order.
    package static let all = [
        ExitMeaning(
            code: ExitStatus.succeeded.rawValue, name: "succeeded",
            what: "The command did what it was asked; a run succeeded."),
        ExitMeaning(
            code: ExitStatus.failed.rawValue, name: "failed",
            what: "Your code said no: a run, a case or a check; `lint`: a file has errors."),
        ExitMeaning(
            code: ExitStatus.errored.rawValue, name: "errored",
            what: "The machine or slipway could not do its part: a lost container, a full disk."),
        ExitMeaning(
            code: ExitStatus.notFound.rawValue, name: "not found",
            what: "There is no such run, job, image, artifact or file."),
        ExitMeaning(
            code: ExitStatus.notAllowed.rawValue, name: "not allowed",
            what: "You may not do this: approve your own run, pull with these credentials."),
        ExitMeaning(
            code: ExitStatus.unreachable.rawValue, name: "unreachable",
            what: "Another machine does not answer, or asks to be left alone for a time."),
        ExitMeaning(
            code: ExitStatus.cancelled.rawValue, name: "cancelled", what: "The run was cancelled."),
        ExitMeaning(
            code: ExitStatus.stillRunning.rawValue, name: "still waiting",
            what: "The run waits in a pause, or still runs: `slipway approve`, then `resume`."),
        ExitMeaning(
            code: ExitStatus.usage.rawValue, name: "usage",
            what: "The command line, an input or the workflow file is not valid; nothing was run."),
    ]
}
