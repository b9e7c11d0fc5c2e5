import CExpat

/// Told of the elements of an XML document, in its order.
protocol XMLSink: AnyObject {
    /// `above`: the names of the elements that it stands in, the root first. Throws to end it.
    func start(
        _ name: String, _ attributes: [String: String], above: [String]
    ) throws(ReportProblem)
    func text(_ bytes: [UInt8])
    func end(_ name: String, above: [String])
}

/// Why a file is not the report that it seems to be.
struct ReportProblem: Error, Hashable {
    let text: String
}

/// Reads XML with expat, without anything that one file could use against us: entities cannot be
/// declared, nor attributes with default values, and nothing outside the file is read.
@safe final class XMLReader {
    private static let depthLimit = 100
    private static let elementLimit = 1_000_000

    private let sink: any XMLSink
    private let parser: OpaquePointer
    private var above: [String] = []
    private var elements = 0
    private var problem: ReportProblem?

    private init(_ parser: OpaquePointer, _ sink: any XMLSink) {
        unsafe self.parser = parser
        self.sink = sink
    }

    static func read(_ bytes: [UInt8], into sink: any XMLSink) throws(ReportProblem) {
        guard let parser = unsafe XML_ParserCreate(nil) else {
            throw ReportProblem(text: "out of memory")
        }
        defer { unsafe XML_ParserFree(parser) }
        let reader = unsafe XMLReader(parser, sink)
        // The parser calls back while `XML_Parse` runs, and `reader` lives until after that.
        unsafe XML_SetUserData(parser, Unmanaged.passUnretained(reader).toOpaque())
        reader.setHandlers()
        let status = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                // In one piece: expat reads a token again for each piece that it comes in.
                unsafe XML_Parse(parser, text.baseAddress, Int32(clamping: text.count), 1)
            }
        }
        try withExtendedLifetime(reader) { () throws(ReportProblem) in
            if let problem = reader.problem { throw problem }
            guard status != XML_STATUS_OK else { return }
            let code = unsafe XML_GetErrorCode(parser)
            let why = unsafe XML_ErrorString(code).map { unsafe String(cString: $0) }
            throw ReportProblem(text: reader.placed(why ?? "it is not well formed"))
        }
    }

    private func setHandlers() {
        unsafe XML_SetElementHandler(
            parser,
            { data, name, attributes in
                unsafe XMLReader.of(data)?.start(name, attributes)
            },
            { data, _ in unsafe XMLReader.of(data)?.end() })
        unsafe XML_SetCharacterDataHandler(parser) { data, text, count in
            unsafe XMLReader.of(data)?.text(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        unsafe XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in
            unsafe XMLReader.of(data)?.refuse("it declares an entity")
        }
        // A long default would be given to every element that lacks the attribute.
        unsafe XML_SetAttlistDeclHandler(parser) { data, _, _, _, value, _ in
            if unsafe value != nil {
                unsafe XMLReader.of(data)?.refuse("it declares a default for an attribute")
            }
        }
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> XMLReader? {
        guard let data = unsafe data else { return nil }
        return unsafe Unmanaged<XMLReader>.fromOpaque(data).takeUnretainedValue()
    }

    private func placed(_ why: String) -> String {
        "line \(unsafe XML_GetCurrentLineNumber(parser)): \(why)"
    }

    private func refuse(_ why: String) { end(with: ReportProblem(text: placed(why))) }

    private func end(with found: ReportProblem) {
        if problem == nil { problem = found }
        // Callbacks for what is begun may still come.
        unsafe XML_StopParser(parser, XML_Bool(0))
    }

    private func start(
        _ name: UnsafePointer<XML_Char>?,
        _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
    ) {
        guard problem == nil, let name = unsafe name else { return }
        elements += 1
        guard elements <= Self.elementLimit else {
            return refuse("more than \(Self.elementLimit) elements")
        }
        guard above.count < Self.depthLimit else {
            return refuse("elements deeper than \(Self.depthLimit)")
        }
        var values: [String: String] = [:]
        var index = 0
        while let list = unsafe attributes, let key = unsafe list[index],
            let value = unsafe list[index + 1]
        {
            unsafe values[String(cString: key)] = unsafe String(cString: value)
            index += 2
        }
        let text = unsafe String(cString: name)
        do throws(ReportProblem) {
            try sink.start(text, values, above: above)
            above.append(text)
        } catch {
            end(with: error)
        }
    }

    private func text(_ bytes: UnsafeBufferPointer<XML_Char>) {
        guard problem == nil else { return }
        sink.text(unsafe bytes.map { UInt8(bitPattern: $0) })
    }

    private func end() {
        guard problem == nil, let name = above.popLast() else { return }
        sink.end(name, above: above)
    }
}
