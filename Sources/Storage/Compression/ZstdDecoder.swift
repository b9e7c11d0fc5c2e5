import CCompression

/// Zstandard with any number of frames (RFC 8878 §3.1).
@safe final class ZstdDecoder: StreamDecoder {
    private let stream: OpaquePointer?
    private(set) var isComplete = false

    init() {
        unsafe stream = ZSTD_createDStream()
        // A window of 128 MiB is what the tool itself accepts without being asked for more.
        unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func decode(_ input: inout [UInt8]) throws -> [UInt8] {
        let capacity = 1 << 18
        var result = 0
        var used = 0
        let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            unsafe input.withUnsafeBytes { bytes in
                var from = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
                var into = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: capacity, pos: 0)
                result = unsafe ZSTD_decompressStream(stream, &into, &from)
                used = unsafe from.pos
                filled = unsafe into.pos
            }
        }
        if ZSTD_isError(result) != 0 {
            throw StorageError.compressed(
                "damaged zstd: \(unsafe String(cString: ZSTD_getErrorName(result)))")
        }
        input.removeFirst(used)
        isComplete = result == 0
        return output
    }
}
