import ArgumentParser
import Domain
import Executors
import Storage
import Workflows

/// `slipway doctor`: what this machine has and lacks.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this machine lacks, and how to mend it.",
        discussion: "Ends with 0 when jobs can run, 2 when something needed is missing.")

    @Flag(help: "Run a program in gVisor, too, where that is installed.")
    var deep = false

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let home = services.home
        if !home.isReadOnly { try await services.sweep() }
        let (deep, sandboxes) = (deep, try services.settings().sandboxes)
        let refusal = Rootless.refusal
        let findings = try await IOPool.shared.run {
            OCIDoctor.examine(home, sandboxes, refusal: refusal, deep: deep)
        }
        options.print(
            table: {
                var table = Table("", "WHAT", "FOUND")
                for finding in findings {
                    let fix = finding.fix.map { finding.level == .ok ? "" : "  → \($0)" } ?? ""
                    table.add(finding.level.rawValue, finding.name, finding.detail + fix)
                }
                return table.text
            },
            json: {
                .array(
                    findings.map {
                        [
                            "level": .string($0.level.rawValue), "name": .string($0.name),
                            "detail": .string($0.detail),
                            "fix": $0.fix.map(JSONValue.string) ?? .null,
                        ]
                    })
            })
        await services.close()
        if findings.contains(where: { $0.level == .missing }) { throw ExitStatus.errored }
    }
}
