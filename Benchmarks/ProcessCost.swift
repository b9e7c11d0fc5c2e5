import Glibc
import Storage

/// What a whole process takes.
struct ProcessCost {
    let milliseconds: Double
    /// The most memory that it had at once.
    let peakKibibytes: Int
}

extension Measuring {
    /// `slipway-bench --cost WORDS…` runs the words and prints what that cost.
    static let costVerb = "--cost"

    private static let limit = Duration.seconds(600)

    /// Runs a process below a process of its own, since the kernel tells the peak of all children
    /// of a process together (getrusage(2), RUSAGE_CHILDREN).
    static func cost(_ words: [String]) throws -> ProcessCost {
        let answer = try Spawning.capture(
            "/proc/self/exe", [costVerb] + words, limit: 1 << 16, time: limit)
        let figures = String(decoding: answer.output, as: UTF8.self).split(separator: " ")
            .compactMap { Double($0) }
        guard answer.result.code == 0, figures.count == 2 else {
            let said = String(decoding: answer.output.prefix(400), as: UTF8.self)
            throw BenchmarkError(
                what: "\(words.joined(separator: " ")): \(answer.result.message) \(said)")
        }
        return ProcessCost(milliseconds: figures[0], peakKibibytes: Int(figures[1]))
    }

    /// The median of some rounds.
    static func cost(_ words: [String], rounds: Int) throws -> ProcessCost {
        let costs = try (0..<rounds).map { _ in try cost(words) }
        let times = Series("", costs.map(\.milliseconds))
        return ProcessCost(
            milliseconds: times.median, peakKibibytes: costs.map(\.peakKibibytes).max() ?? 0)
    }

    static func printCost(of words: [String]) throws {
        let start = seconds()
        let answer = try Spawning.capture(
            words[0], Array(words.dropFirst()), limit: 256 << 20, time: limit)
        let milliseconds = (seconds() - start) * 1000
        guard answer.result.code == 0 else {
            throw BenchmarkError(
                what: "it ended with \(answer.result.code): \(answer.result.message)")
        }
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        print("\(milliseconds) \(usage.ru_maxrss) ", terminator: "")
    }
}
