import CLinux
import Glibc
import Storage

/// Figures of one thing that was measured several times.
struct Series {
    let name: String
    private(set) var milliseconds: [Double]

    init(_ name: String, _ milliseconds: [Double]) {
        self.name = name
        self.milliseconds = milliseconds.sorted()
    }

    var median: Double { quantile(0.5) }
    var p99: Double { quantile(0.99) }
    var minimum: Double { milliseconds.first ?? 0 }

    private func quantile(_ share: Double) -> Double {
        guard !milliseconds.isEmpty else { return 0 }
        return milliseconds[Int(Double(milliseconds.count - 1) * share)]
    }
}

enum Measuring {
    static func seconds() -> Double {
        Double(slipway_nanoseconds(CLOCK_MONOTONIC)) / 1e9
    }

    /// Milliseconds that `body` takes.
    static func time(_ body: () async throws -> Void) async throws -> Double {
        let start = seconds()
        try await body()
        return (seconds() - start) * 1000
    }

    /// Peak memory of this process so far, in KiB.
    static func peakKibibytes() -> Int {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    /// Runs a whole process; an error when it does not end with 0.
    static func process(_ words: [String], environment: [String] = []) throws {
        let answer = try Spawning.capture(
            words[0], Array(words.dropFirst()), environment: environment, limit: 64 << 20)
        guard answer.result.code == 0 else {
            throw BenchmarkError(
                what: "\(words.joined(separator: " ")) ended with \(answer.result.code): "
                    + answer.result.message)
        }
    }

    /// Each in turn, so that a machine whose speed drifts does not favour one of them.
    static func inTurn(
        rounds: Int, _ things: [(name: String, body: () async throws -> Void)]
    ) async throws -> [Series] {
        var samples = [[Double]](repeating: [], count: things.count)
        for round in 0...rounds {
            for (index, thing) in things.enumerated() {
                let time = try await time(thing.body)
                // The first round warms caches.
                if round > 0 { samples[index].append(time) }
            }
        }
        return zip(things, samples).map { Series($0.name, $1) }
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}

/// One line of the report.
func report(_ what: String, _ figure: String, budget: String) {
    func fill(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.unicodeScalars.count))
    }
    print("  \(fill(what, 52)) \(fill(figure, 40)) budget: \(budget)")
}

func rounded(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
}

func ratio(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = abs(hundredths % 100)
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
