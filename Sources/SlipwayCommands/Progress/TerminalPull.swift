import CLinux
import Dispatch
import Domain
import OCI
import Registry
import Synchronization

/// One line a layer, drawn over itself ten times a second while something moves; layers that are
/// done fold into one line when there are more than fit.
final class TerminalPull: PullReporter {
    private struct Content {
        var model = PullModel()
        var drawn: [String] = []
        var isStopped = false
    }

    private let content = Mutex(Content())
    private let style: Style
    private let queue = DispatchQueue(label: "slipway.pull")

    init(style: Style) {
        self.style = style
        tick()
    }

    func take(_ event: PullEvent) {
        content.withLock { $0.model.take(event, at: .now) }
    }

    func stop() {
        queue.sync {
            draw()
            content.withLock { $0.isStopped = true }
        }
    }

    private func tick() {
        queue.asyncAfter(deadline: .now() + .milliseconds(100)) { [self] in
            guard !content.withLock({ $0.isStopped }) else { return }
            draw()
            tick()
        }
    }

    private func draw() {
        var columns: Int32 = 80
        var rows: Int32 = 24
        unsafe slipway_terminal_size(2, &columns, &rows)
        let (model, drawn) = content.withLock { ($0.model, $0.drawn) }
        // One column stays free: a full line would make some terminals wrap.
        let lines = model.lines(
            style, at: .now, columns: max(20, Int(columns) - 1), rows: max(4, Int(rows) - 1))
        guard lines != drawn else { return }
        var text = drawn.isEmpty ? "" : "\u{1b}[\(drawn.count)A"
        for line in lines { text += "\r\u{1b}[2K\(line)\n" }
        if drawn.count > lines.count { text += "\u{1b}[J" }
        Console.draw(text)
        content.withLock { $0.drawn = lines }
    }
}

/// Where each layer of a pull is.
struct PullModel {
    private struct Layer {
        let digest: Digest
        let size: Int64
        var received: Int64 = 0
        var first: Int64 = 0
        var began: ContinuousClock.Instant?
        var note: String?
        var isDone = false
    }

    private var title = ""
    private var layers: [Layer] = []
    private var notice: String?

    mutating func take(_ event: PullEvent, at now: ContinuousClock.Instant) {
        switch event {
        case .began(let reference, let manifest, let platform, let found):
            let total = Shown.size(found.reduce(0) { $0 + $1.size })
            title =
                "pull \(reference)  \(Shown.digest(manifest.description))  \(platform)  \(total)"
            layers = found.map { Layer(digest: $0.digest, size: $0.size) }
            notice = nil
        case .layerIsHere(let digest):
            change(digest) {
                $0.isDone = true
                $0.note = "is here"
            }
        case .layerBegan(let digest, let received):
            change(digest) {
                $0.began = now
                $0.first = received
                $0.received = received
                $0.note = nil
            }
        case .layerReceived(let digest, let received):
            notice = nil
            change(digest) { $0.received = received }
        case .layerEnded(let digest):
            change(digest) {
                $0.isDone = true
                if $0.began == nil { $0.note = "is here" }
                let time = $0.began.map { now - $0 } ?? .zero
                if $0.note == nil {
                    $0.note = PullFigures.rate($0.size - $0.first, time)
                }
                $0.received = $0.size
            }
        case .layerIsShared(let digest):
            change(digest) { $0.note = "another pull brings it in" }
        case .waits(let wait, let why): notice = "\(why); again in \(Shown.duration(wait))"
        case .mirrorFailed(let mirror, let why): notice = "mirror \(mirror): \(why)"
        }
    }

    private mutating func change(_ digest: Digest, _ body: (inout Layer) -> Void) {
        for index in layers.indices where layers[index].digest == digest {
            body(&layers[index])
        }
    }

    func lines(
        _ style: Style, at now: ContinuousClock.Instant, columns: Int, rows: Int
    ) -> [String] {
        guard !title.isEmpty else { return [] }
        var lines = [style.bold(Shown.line(title, width: columns))]
        var shown = layers[...]
        let room = rows - 2 - (notice == nil ? 0 : 1)
        if layers.count > room {
            // What is done says least.
            let done = layers.count { $0.isDone }
            lines.append(Shown.line("  \(done) of \(layers.count) layers are here", width: columns))
            shown = layers.filter { !$0.isDone }.prefix(max(1, room - 1))[...]
        }
        lines += shown.map { line($0, style, now, columns) }
        if let notice { lines.append(style.paint(Shown.line(notice, width: columns), .yellow)) }
        return lines
    }

    private func line(
        _ layer: Layer, _ style: Style, _ now: ContinuousClock.Instant, _ columns: Int
    ) -> String {
        let size = Shown.size(layer.size)
        let sign = layer.isDone ? "✔" : layer.began == nil ? "○" : "●"
        var text = "  \(sign) \(layer.digest.short)  "
        if layer.isDone {
            text += size
        } else if let began = layer.began {
            let percent = layer.size > 0 ? layer.received * 100 / max(1, layer.size) : 0
            text +=
                "\(Shown.size(layer.received)) of \(size)  \(percent) %  "
                + PullFigures.rate(layer.received - layer.first, now - began)
        } else {
            text += size
        }
        if let note = layer.note { text += "  \(note)" }
        return style.paint(
            Shown.line(text, width: columns), layer.isDone ? .green : layer.began.map { _ in .blue }
        )
    }
}
