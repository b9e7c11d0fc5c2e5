import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway simulate FILE`: what a run would do, without running anything.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Say which jobs would run or be skipped, in which order, and why.",
        discussion: """
            Nothing is run and no home is needed. Outputs are unknown, and what depends on
            one says so, unless it is given: --output build.compile.VERSION=7. STEP counts
            what begins at the same time. Pauses are taken to be approved; secrets need no
            value.
            Ends with 0 whatever the run would come to, 64 when the file or an input is
            not valid.
            """)

    @OptionGroup var workflow: WorkflowOptions

    @Option(
        name: .customLong("fail"),
        help: "A job, or one leg of it, that fails: STAGE.JOB or STAGE.JOB[2].",
        completion: Completions.jobsOfFile)
    var failing: [String] = []

    @Option(
        name: .customLong("output"),
        help: "What a job, or one leg of it, gives: STAGE.JOB.NAME=VALUE.",
        completion: Completions.outputsOfFile)
    var outputs: [String] = []

    @Option(
        name: .customLong("reject"), help: "A pause that is rejected.",
        completion: Completions.pausesOfFile)
    var rejected: [String] = []

    @Option(help: "The commit of the source (default: not known).")
    var commit: String?

    @Option(name: .customShort("o"), help: "How the answer is printed: table or json.")
    var format = OutputFormat.table

    func run() async throws {
        let inputs = try workflow.inputValues()
        let text = try await WorkflowText.read(workflow.file, images: nil)
        let definition = try text.valid(orElse: "nothing was simulated")
        let wishes = try SimulationWishes(
            failing: failing, outputs: outputs, rejected: rejected, plan: RunPlan(definition))
        var request = SimulationRequest(definition: definition)
        request.inputs = inputs
        request.actor = LocalActor.name()
        request.commit = commit
        request.leavesOutputsUnknown = true
        let asked = request
        let result = try await LuaHooks.local { hooks in
            try await Simulation.run(
                asked, world: wishes.world, hooks: hooks, masking: { try RunMasker($0) })
        }
        let report = SimulationReport(result, typed: Set(inputs.keys))
        switch format {
        case .table: Console.print(report.text)
        case .json: Console.print(report.json.canonicalText)
        }
    }
}
