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

    /// Reads a whole file; at most 1 MiB and 256 names.
    init(parsing bytes: [UInt8]) throws(ResultFileError) {
        guard bytes.count <= ResultLimits.totalBytes else { throw .tooLarge }
        var lines = FileLines(bytes: bytes)
        while let line = try lines.next() {
            if ResultLimits.trimmed(line[...]).isEmpty { continue }
            let start = lines.number
            let (name, rest, isHeredoc) = try Self.split(line, start)
            let value = isHeredoc ? try Self.heredoc(&lines, name, rest, start) : Array(rest)
            try set(name, value, start)
        }
    }

    private static func split(
        _ line: [UInt8], _ number: Int
    ) throws(ResultFileError) -> (name: String, rest: ArraySlice<UInt8>, isHeredoc: Bool) {
        let less = UInt8(ascii: "<")
        let equals = line.firstIndex(of: UInt8(ascii: "="))
        let arrow = line.indices.dropLast().first { line[$0] == less && line[$0 + 1] == less }
        guard let place = [equals, arrow].compactMap({ $0 }).min() else {
            throw .notAResult(line: number)
        }
        guard let name = ResultLimits.name(ResultLimits.trimmed(line[..<place])) else {
            let name = ResultLimits.quoted(ResultLimits.trimmed(line[..<place]))
            throw .badName(name, line: number)
        }
        let isHeredoc = place == arrow
        let rest = ResultLimits.trimmed(line[(place + (isHeredoc ? 2 : 1))...])
        return (name, rest, isHeredoc)
    }

    private static func heredoc(
        _ lines: inout FileLines, _ name: String, _ word: ArraySlice<UInt8>, _ start: Int
    ) throws(ResultFileError) -> [UInt8] {
        guard !word.isEmpty else { throw .missingWord(name: name, line: start) }
        var value: [UInt8] = []
        var isFirst = true
        while let line = try lines.next() {
            if line.elementsEqual(word) { return value }
            if !isFirst { value.append(0x0a) }
            isFirst = false
            value += line
        }
        throw .unclosed(
            name: name, word: String(decoding: word.prefix(64), as: UTF8.self), line: start)
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
}

/// Why a result file cannot be read; the attempt has failed.
enum ResultFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge
    case tooManyNames(line: Int)
    case notAResult(line: Int)
    /// The name comes quoted and cut.
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
            "line \(line): the value of \(name) has no end; expected a line '\(word)'"
        case .badVerdict(let line): "line \(line): T_RESULT is neither true nor false"
        case .notUTF8(let line): "line \(line): not valid UTF-8"
        case .zeroByte(let line): "line \(line): a zero byte"
        }
    }
}
