import Glibc

extension ArraySlice<UInt8> {
    /// Where the first line feed stands, found as fast as memory is read (memchr(3)).
    package var firstLineFeed: Int? {
        unsafe withUnsafeBytes { buffer -> Int? in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base, 0x0a, buffer.count)
            else { return nil }
            return unsafe startIndex + (UnsafeRawPointer(found) - base)
        }
    }
}
