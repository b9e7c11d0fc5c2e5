import CLinux
import Foundation
import Glibc
import TestSupport

/// When a process of the sweep is killed; positions are parts of a whole run, 0 to 1.
enum Kill: CustomStringConvertible, Sendable {
    case after(part: Double)
    /// So long after the event at this position was seen.
    case event(part: Double, milliseconds: Double)

    var description: String {
        switch self {
        case .after(let part): "after \(Int(part * 1000))/1000 of the time"
        case .event(let part, let delay):
            "\(Int(delay * 1000)) µs after the event at \(Int(part * 1000))/1000"
        }
    }

    /// The kills of one point: of `run`, and in a third of the cases of each `resume`.
    static func all(seed: UInt64, point: Int) -> [Kill] {
        var random = SeededGenerator(seed: seed &+ UInt64(point) &* 0x2545_f491_4f6c_dd1d)
        var kills: [Kill] = []
        repeat {
            let isTimed = kills.isEmpty ? point % 2 == 0 : Bool.random(using: &random)
            let part = Double.random(in: 0...1, using: &random)
            let delay = Double.random(in: 0...5, using: &random)
            let isAtOnce = Bool.random(using: &random)
            kills.append(
                isTimed
                    ? .after(part: part)
                    : .event(part: part, milliseconds: isAtOnce ? 0 : delay))
        } while kills.count < 4 && Int.random(in: 0..<3, using: &random) == 0
        return kills
    }
}

/// How a run goes when nobody kills it.
struct UsualRun: Sendable {
    let time: Duration
    /// Lines on standard error with `--progress json`.
    let eventCount: Int
}

extension Kill {
    /// Waits for the moment and kills the process, unless it ends before. Blocks.
    func perform(on program: Program, _ usual: UsualRun) throws {
        switch self {
        case .after(let part):
            usleep(UInt32(Self.microseconds(usual.time) * part))
        case .event(let part, let milliseconds):
            // The first event is the second that is stored: `created` is nobody's to see.
            let wanted = 1 + Int(part * Double(usual.eventCount - 1))
            while slipway_is_alive(program.pid) != 0,
                try program.complained().utf8.count(where: { $0 == 0x0a }) < wanted
            {
                usleep(200)
            }
            usleep(UInt32(milliseconds * 1000))
        }
        program.signal(SIGKILL)
    }

    private static func microseconds(_ time: Duration) -> Double {
        let (seconds, fraction) = time.components
        return Double(seconds) * 1e6 + Double(fraction) / 1e12
    }
}
