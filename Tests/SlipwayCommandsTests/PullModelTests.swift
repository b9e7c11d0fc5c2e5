import OCI
import Registry
import Testing

@testable import SlipwayCommands

/// What a terminal shows of a pull.
struct PullModelTests {
    private static let plain = Style(hasColour: false)
    private static let start = ContinuousClock.now

    private static func layers(_ count: Int) -> [Descriptor] {
        (0..<count).map {
            Descriptor(
                mediaType: MediaType.layerGzip, digest: Digest(of: [UInt8($0 % 256), 1]),
                size: 2 << 20)
        }
    }

    private static func begun(_ layers: [Descriptor]) throws -> PullModel {
        var model = PullModel()
        model.take(
            .began(
                try ImageReference(parsing: "host.name/a/b:1"), manifest: Digest(of: []),
                platform: .current, layers: layers), at: start)
        return model
    }

    @Test("one line a layer, with bytes and rate")
    func lines() throws {
        let layers = Self.layers(3)
        var model = try Self.begun(layers)
        model.take(.layerIsHere(layers[0].digest), at: Self.start)
        model.take(.layerBegan(layers[1].digest, received: 0), at: Self.start)
        model.take(.layerReceived(layers[1].digest, received: 1 << 20), at: Self.start)
        let lines = model.lines(
            Self.plain, at: Self.start + .seconds(1), columns: 100, rows: 24)
        #expect(lines.count == 4)
        #expect(lines[0].contains("host.name/a/b:1"))
        #expect(lines[0].contains("6.0 MiB"))
        #expect(lines[1].contains("✔") && lines[1].contains("is here"))
        #expect(lines[2].contains("● ") && lines[2].contains("1.0 MiB of 2.0 MiB  50 %  1.0 MiB/s"))
        #expect(lines[3].contains("○"))
    }

    @Test("what waits is said, until something moves")
    func notice() throws {
        let layers = Self.layers(1)
        var model = try Self.begun(layers)
        model.take(.waits(.seconds(2), why: "it is out of order"), at: Self.start)
        func last() -> String? {
            model.lines(Self.plain, at: Self.start, columns: 100, rows: 24).last
        }
        #expect(last() == "it is out of order; again in 2.0s")
        model.take(.layerReceived(layers[0].digest, received: 1), at: Self.start)
        #expect(last()?.contains("out of order") == false)
    }

    @Test("more layers than lines: what is done folds, and nothing is wider than the terminal")
    func folded() throws {
        let layers = Self.layers(200)
        var model = try Self.begun(layers)
        for layer in layers.prefix(150) { model.take(.layerIsHere(layer.digest), at: Self.start) }
        let lines = model.lines(Self.plain, at: Self.start, columns: 30, rows: 10)
        #expect(lines.count <= 10)
        #expect(lines.allSatisfy { $0.unicodeScalars.count <= 30 })
        #expect(lines[1].contains("150 of 200 layers"))
    }
}
