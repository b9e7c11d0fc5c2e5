import Domain
import Runs
import Storage
import Workflows

/// Does what people ask of a run through its live view, while the run is advanced.
struct LiveRequests: Sendable {
    let services: HomeServices
    let run: OwnedRun
    let reporter: any ProgressReporter
    let looksUpMemos: Bool
    let keepsFailed: Bool

    /// What `advance` gives; the requests are heard until then.
    func serve(
        whileAdvancing advance: @escaping @Sendable (Departure?) async throws -> RunState
    ) async throws -> RunState {
        guard let requests = reporter.requests else { return try await advance(nil) }
        let departure = Departure()
        return try await withThrowingTaskGroup(of: RunState?.self) { group in
            group.addTask { try await advance(departure) }
            group.addTask {
                for await request in requests { await answer(request, departure) }
                return nil
            }
            while let state = try await group.next() {
                guard let state else { continue }
                group.cancelAll()
                return state
            }
            throw CancellationError()
        }
    }

    private func answer(_ request: LiveRequest, _ departure: Departure) async {
        do {
            switch request {
            case .cancel: run.cancel(actor: LocalActor.name(), reason: "")
            case .decide(let isApproval, let comment):
                // As it is now: the process may have begun long before.
                let configuration = try HomeConfiguration.read(services.home.path)
                _ = try await services.runs.decide(
                    run.id, actor: LocalActor.name(), isApproval: isApproval, comment: comment,
                    groups: configuration.approvers)
            case .leave:
                try await HandOver(
                    services: services, run: run, reporter: reporter, looksUpMemos: looksUpMemos,
                    keepsFailed: keepsFailed
                ).leave(departure)
            }
        } catch let failure as CommandFailure {
            reporter.say(failure.message)
        } catch {
            reporter.say("\(error)")
        }
    }
}
