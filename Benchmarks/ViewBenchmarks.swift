import CLinux
import Domain
import Glibc
import OCI
import Runs
import SlipwayCommands
import Synchronization
import Workflows

/// The live view of a run of 5,000 jobs: what it costs the run, and what it sends to a terminal.
enum ViewBenchmarks {
    private static let jobs = 5000
    private static let idleSeconds = 60

    static func run() async throws {
        print("\nlive view (\(jobs) jobs, 80 × 24, colours)")
        let plain = try await busy(isWatched: false)
        let watched = try await busy(isWatched: true)
        let share = max(0, watched.seconds - plain.seconds) / watched.seconds * 100
        report(
            "busy: the run with the view against without",
            "\(ratio(watched.seconds / plain.seconds)) × (\(rounded(share)) % of the time)",
            budget: "≤ 1.1 ×")
        let frames = Double(watched.frames) / watched.seconds
        report(
            "busy: frames, bytes",
            "\(rounded(frames)) a second, \(Int(Double(watched.bytes) / watched.seconds)) B/s",
            budget: "≤ 10 frames/s")
        try idle()
    }

    private struct Cost {
        var seconds: Double
        var frames: Int
        var bytes: Int
    }

    /// A run at full speed.
    private static func busy(isWatched: Bool) async throws -> Cost {
        let watcher = isWatched ? Watcher() : nil
        let seconds = try await BenchmarkHome.withoutContainers { home in
            try await home.run(workflow, slots: 64, observer: watcher).seconds
        }
        let drawn = watcher?.drawn ?? (frames: 0, bytes: 0)
        return Cost(seconds: seconds, frames: drawn.frames, bytes: drawn.bytes)
    }

    /// Draws as the terminal's view does: at most ten times a second.
    private final class Watcher: RunObserver {
        private struct Content {
            var screen = LiveScreen(hasColour: true, columns: 80, rows: 24)
            var last = 0.0
            var frames = 0
            var bytes = 0
        }

        private let content = Mutex(Content())

        var drawn: (frames: Int, bytes: Int) {
            content.withLock { ($0.frames, $0.bytes) }
        }

        func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
            content.withLock { content in
                content.screen.take(events, state: state)
                let seconds = Measuring.seconds()
                guard seconds - content.last >= 0.1 else { return }
                content.last = seconds
                content.frames += 1
                content.bytes += content.screen.paint(at: BenchmarkHome.now()).utf8.count
            }
        }
    }

    /// A stage in which 64 jobs run and nothing happens but that time goes by.
    private static func idle() throws {
        guard let definition = WorkflowFile.parse(Array(workflow.utf8)).definition else {
            throw BenchmarkError(what: "the benchmark's workflow is not valid")
        }
        var state = RunState(plan: RunPlan(definition))
        let start = Timestamp(microseconds: 0)
        var stack: [RunEvent] = [.created(creation)]
        for leg in 0..<64 { stack.insert(.attemptStarting(leg: leg, attempt: 1), at: 0) }
        for leg in 0..<64 { stack.insert(.attemptStarted(leg: leg, attempt: 1), at: 0) }
        while let event = stack.popLast() {
            for effect in try state.apply(event, at: start).reversed() {
                if case .record(let following) = effect { stack.append(following) }
            }
        }
        var screen = LiveScreen(hasColour: true, columns: 80, rows: 24)
        screen.take([], state: state)
        _ = screen.paint(at: start)
        var bytes = 0
        let begin = processorSeconds()
        for second in 1...idleSeconds {
            bytes += screen.paint(at: start + .seconds(second)).utf8.count
        }
        let spent = (processorSeconds() - begin) / Double(idleSeconds)
        report(
            "idle: a frame a second",
            "\(rounded(spent * 1_000_000)) µs of a processor, \(bytes / idleSeconds) B a second",
            budget: "≤ 1,000 µs, ≤ 2,000 B")
    }

    private static func processorSeconds() -> Double {
        Double(slipway_nanoseconds(CLOCK_PROCESS_CPUTIME_ID)) / 1e9
    }

    private static var creation: RunCreation {
        RunCreation(
            id: RunID(at: Timestamp(microseconds: 0), random: (1, 2)), number: 1,
            workflow: "bench", definition: OCI.Digest(of: []), file: "w.yaml", actor: "bench",
            inputs: [:], images: [:], source: nil, commit: nil, isDirty: false)
    }

    private static let workflow = BenchmarkWorkflow.jobs(jobs)
}
