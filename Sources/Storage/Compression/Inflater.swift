import CCompression
package import OCI

/// Gives the bytes of a compressed stream in pieces, and stops a stream that grows too much.
///
/// At most `allowance` and 200 times the bytes that went in, and never more than 64 GiB, come out.
package final class Inflater {
    private let source: () throws -> [UInt8]
    private let decoder: any StreamDecoder
    private let allowance: Int64
    private var input: [UInt8] = []
    private var consumed: Int64 = 0
    private var produced: Int64 = 0
    private var hasEnded = false

    package init(
        _ compression: LayerCompression, allowance: Int64 = 1 << 30,
        source: @escaping () throws -> [UInt8]
    ) {
        self.source = source
        self.allowance = allowance
        decoder =
            switch compression {
            case .uncompressed: PlainDecoder()
            case .gzip: GzipDecoder()
            case .zstd: ZstdDecoder()
            }
    }

    /// The next bytes; empty at the end.
    package func next() throws -> [UInt8] {
        while true {
            if input.isEmpty, !hasEnded {
                input = try source()
                consumed += Int64(input.count)
                if input.isEmpty { hasEnded = true }
            }
            if hasEnded, input.isEmpty {
                guard decoder.isComplete else { throw StorageError.compressed("it is truncated") }
                return []
            }
            let output = try decoder.decode(&input)
            produced += Int64(output.count)
            let limit = min(64 << 30, allowance + consumed * 200)
            guard produced <= limit else {
                throw StorageError.compressed(
                    "\(consumed) bytes grow to more than \(limit); refused as a bomb")
            }
            if !output.isEmpty { return output }
        }
    }
}

/// Turns input into output, a piece at a time.
protocol StreamDecoder {
    /// Takes what it can use from the front of `input`; may give nothing yet.
    func decode(_ input: inout [UInt8]) throws -> [UInt8]
    /// Whether the input may end here.
    var isComplete: Bool { get }
}

final class PlainDecoder: StreamDecoder {
    let isComplete = true

    func decode(_ input: inout [UInt8]) -> [UInt8] {
        defer { input = [] }
        return input
    }
}
