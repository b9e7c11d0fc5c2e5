import CYAML
import Domain

/// One token of libyaml's scanner: what stands where, before it means anything.
struct YAMLToken {
    enum Kind {
        case mappingStart, sequenceStart, blockEnd
        case key, value, entry
        case flowStart, flowEnd, flowEntry
        case scalar, blockScalar, alias
        /// An anchor or a tag.
        case property
        /// `---` or `...`.
        case document
        case directive
    }

    /// Line and column from 0; columns count Unicode scalars.
    struct Place {
        let line: Int
        let column: Int

        var position: TextPosition { TextPosition(line: line + 1, column: column + 1) }
    }

    let kind: Kind
    let start: Place
    let end: Place
    /// It stands for what follows, such as the start of a block.
    let isEmpty: Bool
}

extension EventStream {
    /// The next token, nil at the end. A stream gives tokens or events, never both.
    func nextToken() throws -> YAMLToken? {
        while true {
            var token = unsafe yaml_token_t()
            guard unsafe yaml_parser_scan(parser, &token) == 1 else { throw problem() }
            defer { unsafe yaml_token_delete(&token) }
            let type = unsafe token.type
            if type == YAML_STREAM_END_TOKEN || type == YAML_NO_TOKEN { return nil }
            var style: yaml_scalar_style_t?
            if type == YAML_SCALAR_TOKEN { style = unsafe token.data.scalar.style }
            guard let kind = Self.kind(type, style) else { continue }
            let start = unsafe token.start_mark
            let end = unsafe token.end_mark
            return YAMLToken(
                kind: kind, start: Self.place(start), end: Self.place(end),
                isEmpty: start.index == end.index)
        }
    }

    /// Nil for the start of the stream.
    private static func kind(
        _ type: yaml_token_type_t, _ style: yaml_scalar_style_t?
    ) -> YAMLToken.Kind? {
        switch type {
        case YAML_BLOCK_MAPPING_START_TOKEN: .mappingStart
        case YAML_BLOCK_SEQUENCE_START_TOKEN: .sequenceStart
        case YAML_BLOCK_END_TOKEN: .blockEnd
        case YAML_KEY_TOKEN: .key
        case YAML_VALUE_TOKEN: .value
        case YAML_BLOCK_ENTRY_TOKEN: .entry
        case YAML_FLOW_MAPPING_START_TOKEN, YAML_FLOW_SEQUENCE_START_TOKEN: .flowStart
        case YAML_FLOW_MAPPING_END_TOKEN, YAML_FLOW_SEQUENCE_END_TOKEN: .flowEnd
        case YAML_FLOW_ENTRY_TOKEN: .flowEntry
        case YAML_ALIAS_TOKEN: .alias
        case YAML_ANCHOR_TOKEN, YAML_TAG_TOKEN: .property
        case YAML_DOCUMENT_START_TOKEN, YAML_DOCUMENT_END_TOKEN: .document
        case YAML_VERSION_DIRECTIVE_TOKEN, YAML_TAG_DIRECTIVE_TOKEN: .directive
        case YAML_SCALAR_TOKEN:
            style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE
                ? .blockScalar : .scalar
        default: nil
        }
    }

    private static func place(_ mark: yaml_mark_t) -> YAMLToken.Place {
        YAMLToken.Place(line: Int(mark.line), column: Int(mark.column))
    }
}
