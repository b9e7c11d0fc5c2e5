import Domain

/// The content of `$T_RESULT_FILE` (DESIGN §3, "Out").
///
/// Lines are `NAME=value`, or `NAME<<WORD`, whose value is the lines up to one that is just
/// `WORD`, joined by line feeds. Empty lines do not count, a carriage return before a line's end
/// is dropped, blanks around name, word and one-line value do not count; the first `=` or `<<`
/// splits, and the last write of a name wins. `T_RESULT` sets the verdict.
struct ResultFile: Hashable, Sendable {
    private(set) var values: [String: String] = [:]
    /// Nil when the file does not say.
    private(set) var verdict: Bool?
    /// Names that are not declared and have a part of a secret in them; no message may repeat one.
    private(set) var unspeakable: Set<String> = []

    /// Reads a whole file; at most 1 MiB and 256 names. Errors quote lines as `mask` leaves them:
    /// once `=` has split a secret, nothing would know its halves. Without secrets it is nil. It is
    /// asked only where a message may be due: never for a result with a `declared` name.
    init(
        parsing bytes: [UInt8], mask: ((String) -> String)?, declared: Set<String> = []
    ) throws(ResultFileError) {
        guard bytes.count <= ResultLimits.totalBytes else { throw .tooLarge }
        var lines = FileLines(bytes: bytes)
        while let line = try lines.next() {
            if ResultLimits.trimmed(line[...]).isEmpty { continue }
            let start = lines.number
            guard let parts = Self.split(line) else { throw .notAResult(line: start) }
            func shown() -> Parts {
                guard let mask else { return parts }
                let masked = Array(mask(String(decoding: line, as: UTF8.self)).utf8)
                return Self.split(masked) ?? (masked[...], [], false)
            }
            func title() -> String { String(decoding: shown().name, as: UTF8.self) }
            guard let name = ResultLimits.name(parts.name) else {
                throw .badName(ResultLimits.quoted(shown().name), line: start)
            }
            if mask != nil, !declared.contains(name), !unspeakable.contains(name), title() != name {
                unspeakable.insert(name)
            }
            guard parts.isHeredoc else {
                try set(name, Array(parts.rest), start)
                continue
            }
            guard !parts.rest.isEmpty else { throw .missingWord(name: title(), line: start) }
            guard let value = try lines.heredoc(to: parts.rest) else {
                let word = Quotation(shown().rest, limit: 64, noun: "a word").description
                throw .unclosed(name: title(), word: word, line: start)
            }
            try set(name, value, start)
        }
    }

    private typealias Parts = (
        name: ArraySlice<UInt8>, rest: ArraySlice<UInt8>, isHeredoc: Bool
    )

    /// At the first `=` or `<<`; nil without one.
    private static func split(_ line: [UInt8]) -> Parts? {
        let less = UInt8(ascii: "<")
        let equals = line.firstIndex(of: UInt8(ascii: "="))
        let arrow = line.indices.dropLast().first { line[$0] == less && line[$0 + 1] == less }
        guard let place = [equals, arrow].compactMap({ $0 }).min() else { return nil }
        let isHeredoc = place == arrow
        let rest = ResultLimits.trimmed(line[(place + (isHeredoc ? 2 : 1))...])
        return (ResultLimits.trimmed(line[..<place]), rest, isHeredoc)
    }

    private mutating func set(
        _ name: String, _ value: [UInt8], _ line: Int
    ) throws(ResultFileError) {
        if name == ResultLimits.control {
            guard let verdict = ResultLimits.verdict(value) else {
                throw .badVerdict(line: line)
            }
            self.verdict = verdict
            return
        }
        values[name] = String(decoding: value, as: UTF8.self)
        guard values.count <= ResultLimits.names else { throw .tooManyNames(line: line) }
    }
}

/// The lines of a result file, counted from 1; each is valid UTF-8 without zero bytes.
private struct FileLines {
    private let bytes: [UInt8]
    private var place = 0
    private(set) var number = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() throws(ResultFileError) -> [UInt8]? {
        guard place < bytes.count else { return nil }
        number += 1
        let end = bytes[place...].firstIndex(of: 0x0a) ?? bytes.count
        var line = bytes[place..<end]
        place = end + 1
        if line.last == 0x0d { line.removeLast() }
        guard !line.contains(0) else { throw .zeroByte(line: number) }
        guard String(validating: line, as: UTF8.self) != nil else {
            throw .notUTF8(line: number)
        }
        return Array(line)
    }

    /// The lines up to one that is just `word`; nil when none is.
    mutating func heredoc(to word: ArraySlice<UInt8>) throws(ResultFileError) -> [UInt8]? {
        var value: [UInt8] = []
        var isFirst = true
        while let line = try next() {
            if line.elementsEqual(word) { return value }
            if !isFirst { value.append(0x0a) }
            isFirst = false
            value += line
        }
        return nil
    }
}

/// Why a result file cannot be read; the attempt has failed.
enum ResultFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge
    case tooManyNames(line: Int)
    case notAResult(line: Int)
    /// Name and word come quoted.
    case badName(String, line: Int)
    case missingWord(name: String, line: Int)
    case unclosed(name: String, word: String, line: Int)
    case badVerdict(line: Int)
    case notUTF8(line: Int)
    case zeroByte(line: Int)

    var description: String {
        switch self {
        case .tooLarge: "it is larger than \(ResultLimits.totalBytes) bytes"
        case .tooManyNames(let line): "line \(line): more than \(ResultLimits.names) names"
        case .notAResult(let line): "line \(line): neither 'NAME=value' nor 'NAME<<WORD'"
        case .badName(let name, let line):
            "line \(line): \(name) is no name; expected letters, digits, '_', '.', '-'"
        case .missingWord(let name, let line): "line \(line): no word follows '\(name)<<'"
        case .unclosed(let name, let word, let line):
            "line \(line): the value of \(name) has no end; expected a line \(word)"
        case .badVerdict(let line): "line \(line): T_RESULT is neither true nor false"
        case .notUTF8(let line): "line \(line): not valid UTF-8"
        case .zeroByte(let line): "line \(line): a zero byte"
        }
    }
}
