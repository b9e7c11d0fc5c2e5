import CYAML
import Domain

/// One event of libyaml's parser, as a value.
struct YAMLEvent {
    enum Kind {
        case streamEnd, documentStart, sequenceStart, sequenceEnd, mappingStart, mappingEnd
        case alias(String)
        case scalar(String, YAMLNode.Style)
        /// Of no interest: the start of the stream, the end of the document.
        case other
    }

    let kind: Kind
    let anchor: String?
    /// As libyaml resolves it: `!!str` is `tag:yaml.org,2002:str`.
    let tag: String?
    let start: TextPosition
    let end: TextPosition
    /// Of `start`, in Unicode scalars from the beginning of the text.
    let offset: Int
}

struct YAMLProblem: Error {
    let position: TextPosition
    let message: String
}

/// libyaml's parser over bytes at hand. Used by one task at a time; closed by its owner.
@safe final class EventStream {
    let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// Which of several texts this is, for positions.
    private let file: Int

    init(_ text: [UInt8], file: Int = 0) throws {
        self.file = file
        unsafe parser = .allocate(capacity: 1)
        // The parser reads while events are asked for, so the text must stay where it is.
        unsafe bytes = .allocate(capacity: max(1, text.count))
        _ = unsafe bytes.initialize(from: text)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            unsafe bytes.deallocate()
            throw YAMLProblem(
                position: TextPosition(line: 1, column: 1, file: file), message: "out of memory")
        }
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, text.count)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    func close() {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe bytes.deallocate()
    }

    func next() -> Result<YAMLEvent, YAMLProblem> {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { return .failure(problem()) }
        defer { unsafe yaml_event_delete(&event) }
        let start = position(unsafe event.start_mark)
        let end = position(unsafe event.end_mark)
        var anchor: String?
        var tag: String?
        let kind: YAMLEvent.Kind
        switch unsafe event.type {
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_ALIAS_EVENT:
            kind = .alias(unsafe Self.text(UnsafePointer(event.data.alias.anchor)) ?? "")
        case YAML_SCALAR_EVENT:
            anchor = unsafe Self.text(UnsafePointer(event.data.scalar.anchor))
            let buffer = unsafe UnsafeBufferPointer(
                start: event.data.scalar.value, count: event.data.scalar.length)
            tag = unsafe Self.text(UnsafePointer(event.data.scalar.tag))
            kind = .scalar(
                unsafe String(decoding: buffer, as: UTF8.self),
                Self.style(unsafe event.data.scalar.style))
        case YAML_SEQUENCE_START_EVENT:
            anchor = unsafe Self.text(UnsafePointer(event.data.sequence_start.anchor))
            tag = unsafe Self.text(UnsafePointer(event.data.sequence_start.tag))
            kind = .sequenceStart
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            anchor = unsafe Self.text(UnsafePointer(event.data.mapping_start.anchor))
            tag = unsafe Self.text(UnsafePointer(event.data.mapping_start.tag))
            kind = .mappingStart
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .other
        }
        return .success(
            YAMLEvent(
                kind: kind, anchor: anchor, tag: tag, start: start, end: end,
                offset: unsafe Int(event.start_mark.index)))
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }

    func problem() -> YAMLProblem {
        let said = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        let message = [said ?? "not valid YAML", context].compactMap { $0 }.joined(separator: ", ")
        return YAMLProblem(
            position: withinText(unsafe parser.pointee.problem_mark), message: message)
    }

    /// What is missing at the end is reported behind the last character, not in a line below.
    private func withinText(_ mark: yaml_mark_t) -> TextPosition {
        let position = position(mark)
        guard unsafe mark.index >= bytes.count, position.column == 1, position.line > 1,
            unsafe bytes.last != 0x0a
        else { return position }
        let start = unsafe bytes.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let line = unsafe String(decoding: bytes[start...], as: UTF8.self)
        return TextPosition(
            line: position.line - 1, column: line.unicodeScalars.count + 1, file: file)
    }

    private func position(_ mark: yaml_mark_t) -> TextPosition {
        TextPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1, file: file)
    }

    private static func text(_ pointer: UnsafePointer<UInt8>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }
}
