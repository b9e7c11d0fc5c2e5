import Domain
import OCI
import Registry
import Synchronization

/// Shows a pull while it goes on.
protocol PullReporter: Sendable {
    func take(_ event: PullEvent)
    /// Shows the last state, and nothing more after that.
    func stop()
}

extension ProgressKind {
    func pullReporter() -> any PullReporter {
        let style = Style.of(2)
        switch self {
        case .quiet: return QuietPull()
        case .json: return JSONPull()
        case .plain: return PlainPull()
        case .tty: return TerminalPull(style: style)
        case .auto:
            let isLive = Console.isTerminal(2) && Console.environment("TERM") != "dumb"
            return isLive ? TerminalPull(style: style) : PlainPull()
        }
    }
}

struct QuietPull: PullReporter {
    func take(_ event: PullEvent) {}
    func stop() {}
}

/// One line a layer that ends, and one for what is out of the ordinary.
final class PlainPull: PullReporter {
    private struct Content {
        var sizes: [Digest: Int64] = [:]
        var began: [Digest: ContinuousClock.Instant] = [:]
        var received: [Digest: Int64] = [:]
    }

    private let content = Mutex(Content())

    func take(_ event: PullEvent) {
        if let line = content.withLock({ Self.line(event, &$0) }) {
            Console.error(TerminalText.line(line))
        }
    }

    func stop() {}

    private static func line(_ event: PullEvent, _ content: inout Content) -> String? {
        func name(_ digest: Digest) -> String { "  layer \(digest.short)" }
        func size(_ digest: Digest) -> String { Shown.size(content.sizes[digest] ?? 0) }
        switch event {
        case .began(let reference, let manifest, let platform, let layers):
            for layer in layers { content.sizes[layer.digest] = layer.size }
            let total = Shown.size(layers.reduce(0) { $0 + $1.size })
            return "pull \(reference): \(Shown.digest(manifest.description)) for \(platform), "
                + "\(layers.count) layer\(layers.count == 1 ? "" : "s"), \(total)"
        case .layerIsHere(let digest): return "\(name(digest)): is here (\(size(digest)))"
        case .layerBegan(let digest, let received):
            content.began[digest] = .now
            content.received[digest] = received
            return received > 0
                ? "\(name(digest)): goes on at \(Shown.size(received)) of \(size(digest))" : nil
        case .layerReceived: return nil
        case .layerEnded(let digest):
            guard let began = content.began[digest] else { return "\(name(digest)): is here" }
            let bytes = (content.sizes[digest] ?? 0) - (content.received[digest] ?? 0)
            return "\(name(digest)): \(size(digest)), "
                + PullFigures.rate(bytes, ContinuousClock.now - began)
        case .layerIsShared(let digest): return "\(name(digest)): another pull brings it in"
        case .waits(let wait, let why): return "  \(why); again in \(Shown.duration(wait))"
        case .mirrorFailed(let mirror, let why): return "  mirror \(mirror): \(why)"
        }
    }
}

enum PullFigures {
    /// `12 MiB/s`.
    static func rate(_ bytes: Int64, _ time: Duration) -> String {
        let milliseconds = max(1, time.milliseconds)
        let (product, overflow) = bytes.multipliedReportingOverflow(by: 1000)
        let perSecond = overflow ? bytes / milliseconds * 1000 : product / milliseconds
        return "\(Shown.size(perSecond))/s"
    }
}

/// One JSON object a line; bytes of a layer at most once a second.
final class JSONPull: PullReporter {
    private let told = Mutex<[Digest: ContinuousClock.Instant]>([:])

    func take(_ event: PullEvent) {
        if case .layerReceived(let digest, _) = event {
            let isDue = told.withLock { told in
                if let last = told[digest], ContinuousClock.now - last < .seconds(1) {
                    return false
                }
                told[digest] = .now
                return true
            }
            guard isDue else { return }
        }
        Console.error(JSONValue.object(Self.members(event)).canonicalText)
    }

    func stop() {}

    private static func members(_ event: PullEvent) -> [String: JSONValue] {
        func layer(_ type: String, _ digest: Digest, _ received: Int64? = nil)
            -> [String: JSONValue]
        {
            var members: [String: JSONValue] = [
                "type": .string(type), "layer": .string(digest.description),
            ]
            members["received"] = received.map(JSONValue.integer)
            return members
        }
        switch event {
        case .began(let reference, let manifest, let platform, let layers):
            return [
                "type": "pull-started", "image": .string(reference.description),
                "manifest": .string(manifest.description),
                "platform": .string(platform.description),
                "layers": .array(layers.map(\.json)),
            ]
        case .layerIsHere(let digest): return layer("layer-present", digest)
        case .layerBegan(let digest, let received):
            return layer("layer-started", digest, received)
        case .layerReceived(let digest, let received):
            return layer("layer-progress", digest, received)
        case .layerEnded(let digest): return layer("layer-ended", digest)
        case .layerIsShared(let digest): return layer("layer-shared", digest)
        case .waits(let wait, let why):
            return [
                "type": "pull-waits", "milliseconds": .integer(wait.milliseconds),
                "why": .string(why),
            ]
        case .mirrorFailed(let mirror, let why):
            return ["type": "mirror-failed", "mirror": .string(mirror), "why": .string(why)]
        }
    }
}
