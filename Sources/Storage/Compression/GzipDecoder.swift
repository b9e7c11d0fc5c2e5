import CCompression

/// Gzip with any number of members (RFC 1952 §2.2), by ISA-L.
@safe final class GzipDecoder: StreamDecoder {
    private let state: UnsafeMutablePointer<inflate_state>
    private(set) var isComplete = false

    init() {
        unsafe state = .allocate(capacity: 1)
        unsafe isal_inflate_init(state)
        unsafe state.pointee.crc_flag = UInt32(ISAL_GZIP)
    }

    deinit { unsafe state.deallocate() }

    func decode(_ input: inout [UInt8]) throws -> [UInt8] {
        if isComplete {
            // Padding of zeros may follow the last member; anything else is a further member.
            if input.allSatisfy({ $0 == 0 }) {
                input = []
                return []
            }
            unsafe isal_inflate_reset(state)
            unsafe state.pointee.crc_flag = UInt32(ISAL_GZIP)
            isComplete = false
        }
        let capacity = 1 << 18
        var result: Int32 = 0
        var left = 0
        let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            unsafe input.withUnsafeMutableBufferPointer { bytes in
                unsafe state.pointee.next_in = bytes.baseAddress
                unsafe state.pointee.avail_in = UInt32(bytes.count)
                unsafe state.pointee.next_out = buffer.baseAddress
                unsafe state.pointee.avail_out = UInt32(capacity)
                result = unsafe isal_inflate(state)
                left = Int(unsafe state.pointee.avail_in)
                filled = capacity - Int(unsafe state.pointee.avail_out)
            }
        }
        guard result >= 0 else { throw StorageError.compressed("damaged gzip (code \(result))") }
        input.removeFirst(input.count - left)
        if unsafe state.pointee.block_state == ISAL_BLOCK_FINISH { isComplete = true }
        return output
    }
}
