/// The forms of names (DESIGN §1).
package enum Names {
    static let reservedPlaces: Set<String> = ["inputs", "env", "run", "matrix", "secrets"]
    /// Variables that the component contract sets itself (DESIGN §3).
    package static let reservedValues: Set<String> = [
        "T_DATA", "T_RUN_ID", "T_RUN_NUMBER", "T_STAGE", "T_JOB", "T_ATTEMPT", "T_SHARD_INDEX",
        "T_SHARD_COUNT", "T_WORKSPACE", "T_SOURCE_DIR", "T_ARTIFACTS", "T_REPORTS",
        "T_RESULT_FILE", "T_RESULT", "CI",
    ]

    /// Stages and jobs: lower-case letters, digits, `-`; 1 to 63.
    static func isPlace(_ text: some StringProtocol) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: "-")
            }
    }

    /// The variable that an input is to a shell: `_` for what it cannot hold (DESIGN §1).
    package static func variable(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == 0x2e || $0 == 0x2d ? 0x5f : $0 }, as: UTF8.self)
    }

    /// Inputs and outputs: `[A-Za-z_][A-Za-z0-9_.-]*`, at most 128.
    static func isValue(_ text: some StringProtocol) -> Bool { isValue(text.utf8) }

    /// The same for bytes that need not be UTF-8.
    package static func isValue(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= 128 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
                || byte == UInt8(ascii: "_")
        }
        return isLetter(first)
            && bytes.allSatisfy {
                isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }
}
