import Workflows

/// Finds the results in what one attempt prints (DESIGN §3, "Out").
///
/// It is fed with the attempt's raw pieces in order, from the first; what each line means is said
/// at `ResultLine`. Within a stream the last write wins. Lines above 64 KiB, names that are none
/// and verdicts other than `true` and `false` are passed over with a warning. More than 256 names
/// or 1 MiB, in both streams together, is a problem: the job has failed.
///
/// Holds at most 64 KiB of an unfinished line for each stream, and 1 MiB of results. Values are
/// kept as bytes, since only those that travel on have to be UTF-8. Warnings quote what the job
/// wrote, from the masked line: once `=` has split a secret, nothing would know its halves.
struct ResultParser: Sendable {
    let mask: (@Sendable (String) -> String)?
    private let declared: Set<String>
    private(set) var output = StreamResults()
    private(set) var error = StreamResults()
    private(set) var problem: String?
    private var warningList = WarningList()
    private var byteCount = 0
    /// Names that are not declared and have a part of a secret in them; no message may repeat one.
    private(set) var unspeakable: Set<String> = []

    /// `mask` takes the secrets of the run out of a text; nil where it has none. It is asked only
    /// where a message may be due: never for a result with a `declared` name.
    init(mask: (@Sendable (String) -> String)?, declared: [String] = []) {
        self.mask = mask
        self.declared = Set(declared)
    }

    var warnings: [String] { warningList.all }

    mutating func feed(_ chunk: LogChunk) {
        take(chunk.bytes, endsLine: chunk.endsLine, chunk.stream)
    }

    /// The attempt has ended: a last line without an end counts too.
    mutating func finish() {
        for stream in [LogChunk.Stream.output, .error] { take([], endsLine: true, stream) }
    }

    private mutating func take(_ bytes: [UInt8], endsLine: Bool, _ stream: LogChunk.Stream) {
        let gathered =
            switch stream {
            case .output: output.line.add(bytes, endsLine: endsLine)
            case .error: error.line.add(bytes, endsLine: endsLine)
            }
        switch gathered {
        case .nothing: break
        case .tooLong:
            warn(stream, "a line is longer than \(ResultLimits.lineBytes) bytes")
        case .line(let line):
            switch ResultLine(parsing: line) {
            case .ordinary: break
            case .malformed(let why): warn(stream, warningList.isFull ? why : shown(why, line))
            case .result(ResultLimits.control, let value): take(verdict: value, stream)
            case .result(let name, let value):
                if isUnspeakable(name, in: line) { unspeakable.insert(name) }
                take(name, value, stream)
            }
        }
    }

    /// What is wrong with a line, said of the line without secrets.
    private func shown(_ why: String, _ line: [UInt8]) -> String {
        guard let mask else { return why }
        guard case .malformed(let why) = ResultLine(parsing: Self.masked(line, mask)) else {
            return "its name holds a part of a secret"
        }
        return why
    }

    /// Whether a name is not that of the line without secrets.
    private func isUnspeakable(_ name: String, in line: [UInt8]) -> Bool {
        guard let mask, !declared.contains(name), !unspeakable.contains(name) else { return false }
        if case .result(name, _) = ResultLine(parsing: Self.masked(line, mask)) { return false }
        return true
    }

    /// The line without secrets, be they in it as it is printed, or as it is read.
    private static func masked(_ line: [UInt8], _ mask: (String) -> String) -> [UInt8] {
        let printed = Array(mask(String(decoding: line, as: UTF8.self)).utf8)
        let read = ResultLine.stripped(printed)
        if read == printed { return printed }
        return Array(mask(String(decoding: read, as: UTF8.self)).utf8)
    }

    private mutating func take(verdict bytes: [UInt8], _ stream: LogChunk.Stream) {
        guard let verdict = ResultLimits.verdict(bytes) else {
            return warn(stream, "T_RESULT is neither true nor false")
        }
        switch stream {
        case .output: output.verdict = verdict
        case .error: error.verdict = verdict
        }
    }

    private mutating func take(_ name: String, _ value: [UInt8], _ stream: LogChunk.Stream) {
        guard problem == nil else { return }
        let old = stream == .output ? output.values[name] : error.values[name]
        if old == nil {
            let others = error.values.keys.count { output.values[$0] == nil }
            let isNew = output.values[name] == nil && error.values[name] == nil
            if isNew, output.values.count + others >= ResultLimits.names {
                problem = "the log has more than \(ResultLimits.names) results"
                return
            }
        }
        let count = byteCount - (old.map { name.utf8.count + $0.count } ?? 0)
        guard count + name.utf8.count + value.count <= ResultLimits.totalBytes else {
            problem = "the log's results are larger than \(ResultLimits.totalBytes) bytes"
            return
        }
        byteCount = count + name.utf8.count + value.count
        switch stream {
        case .output: output.values[name] = value
        case .error: error.values[name] = value
        }
    }

    private mutating func warn(_ stream: LogChunk.Stream, _ why: String) {
        let place = stream == .output ? "standard output" : "standard error"
        warningList.add("a result on \(place) is ignored: \(why)")
    }
}

/// What was found in one stream so far.
struct StreamResults: Sendable {
    fileprivate(set) var values: [String: [UInt8]] = [:]
    fileprivate(set) var verdict: Bool?
    fileprivate var line = LineGatherer()
}

/// Joins the pieces of lines that may be results; the others are let go at their first bytes.
private struct LineGatherer: Sendable {
    enum Gathered {
        case nothing
        case line([UInt8])
        case tooLong
    }

    private var pieces: [UInt8] = []
    private var isPassingOver = false

    mutating func add(_ bytes: [UInt8], endsLine: Bool) -> Gathered {
        if isPassingOver {
            isPassingOver = !endsLine
            return .nothing
        }
        guard pieces.count + bytes.count <= ResultLimits.lineBytes else {
            let start = pieces + bytes.prefix(ResultLimits.lineBytes - pieces.count)
            pieces = []
            isPassingOver = !endsLine
            return ResultLine.hasMarker(start) ? .tooLong : .nothing
        }
        if pieces.isEmpty { pieces = bytes } else { pieces += bytes }
        guard ResultLine.mayHaveMarker(pieces) else {
            pieces = []
            isPassingOver = !endsLine
            return .nothing
        }
        guard endsLine else { return .nothing }
        defer { pieces = [] }
        return pieces.isEmpty ? .nothing : .line(pieces)
    }
}
