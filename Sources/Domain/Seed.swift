/// Random numbers that are the same wherever the same thing is computed again.
package enum Seed {
    /// The seed that a text stands for: FNV-1a, 64 bits. For spreading, not for secrets.
    package static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
        }
    }
}
