import Domain
import Workflows

/// What results are allowed to be (DESIGN §1 and §3).
enum ResultLimits {
    /// A longer line of a log is no result.
    static let lineBytes = 64 << 10
    /// Names of one job.
    static let names = 256
    /// Names and values of one job together, and the whole result file.
    static let totalBytes = 1 << 20
    /// Sets the verdict; never an output.
    static let control = "T_RESULT"

    /// The name of an output; nil when the bytes are none.
    static func name(_ bytes: some Collection<UInt8>) -> String? {
        Names.isValue(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// `true` or `false` in any case: what a program prints as `False` must not pass as success.
    static func verdict(_ bytes: some Collection<UInt8>) -> Bool? {
        switch String(decoding: bytes, as: UTF8.self).lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// Without blanks (spaces and tabs) at both ends.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    /// A name that a job wrote, in a message.
    static func quoted(_ bytes: some Collection<UInt8>) -> String {
        Quotation(bytes, limit: 64, noun: "a name").description
    }
}

/// Messages that a hostile job cannot make too many.
struct WarningList: Sendable {
    static let limit = 20

    private var texts: [String] = []
    private var omitted = 0

    /// What is added now is counted alone.
    var isFull: Bool { texts.count >= Self.limit }

    mutating func add(_ text: String) {
        if !isFull { texts.append(text) } else { omitted += 1 }
    }

    /// The first 20, then how many there were besides.
    var all: [String] {
        omitted > 0 ? texts + ["and \(omitted) more warnings about results"] : texts
    }
}
