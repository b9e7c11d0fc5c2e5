import Domain
import Storage
import TestSupport
import Testing

/// The five minutes of the README, line by line, in a home of their own.
struct TourTests {
    @Test("the tour in the README goes as it is told")
    func tour() async throws {
        let steps = try TourStep.all()
        #expect(steps.filter(\.isCommand).count >= 15)
        try await TestHome.busy([]) { home in
            let folder = "\(home.folder)/tour"
            try Files.makeFolders(folder)
            let program = try BuiltProduct.path("slipway")
            let bin = PathText.folder(of: program)
            for step in steps {
                switch step {
                case .file(let name, let text):
                    try Files.writeFile("\(folder)/\(name)", text.utf8)
                case .command(let line, let code, let shown):
                    let result = try await Program.run(
                        "/bin/bash", ["-c", "PATH='\(bin)':$PATH; \(line)"],
                        environment: home.environment([
                            "EXAMPLES": "\(Checkout.root)/Examples"
                        ]), folder: folder)
                    #expect(result.code == code, "\(line)\n\(result.error)")
                    for text in shown {
                        #expect(
                            (result.output + result.error).contains(text),
                            "\(line) did not print '\(text)':\n\(result.output)\(result.error)")
                    }
                }
            }
        }
    }

    @Test("what comes before it only builds and sets variables")
    func before() throws {
        let lines = try TourStep.blocks().filter { $0.language == "sh" }.flatMap(\.lines)
        #expect(!lines.isEmpty)
        for line in lines {
            #expect(line.hasPrefix("make ") || line.hasPrefix("export "), "\(line)")
        }
    }
}

/// One thing that the tour tells a newcomer to do.
enum TourStep {
    /// A block of YAML whose first line is `# NAME`.
    case file(name: String, text: String)
    /// A line behind `$ `, the code that it ends with, and parts of what it prints.
    case command(String, code: Int32, shown: [String])

    var isCommand: Bool { if case .command = self { true } else { false } }

    static func all() throws -> [TourStep] {
        try blocks().flatMap { block -> [TourStep] in
            switch block.language {
            case "console": commands(block.lines)
            case "yaml":
                [
                    .file(
                        name: String(block.lines.first?.dropFirst(2) ?? ""),
                        text: block.lines.joined(separator: "\n") + "\n")
                ]
            default: []
            }
        }
    }

    private static func commands(_ lines: [String]) -> [TourStep] {
        var steps: [TourStep] = []
        var line = ""
        var code: Int32 = 0
        var shown: [String] = []
        func finish() {
            if !line.isEmpty { steps.append(.command(line, code: code, shown: shown)) }
        }
        for text in lines {
            guard text.hasPrefix("$ ") else {
                shown.append(text)
                continue
            }
            finish()
            line = String(text.dropFirst(2))
            shown = []
            code = 0
            if let mark = line.firstRange(of: "# ends with ") {
                code = Int32(line[mark.upperBound...]) ?? -1
            }
        }
        finish()
        return steps
    }

    /// The fenced blocks of the README's section.
    static func blocks() throws -> [(language: String, lines: [String])] {
        let bytes = try Files.readFile("\(Checkout.root)/README.md", limit: 1 << 20)
        var blocks: [(language: String, lines: [String])] = []
        var isInside = false
        var isBlock = false
        for line in String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("## ") { isInside = line == "## Five minutes" }
            guard isInside else { continue }
            if line.hasPrefix("```") {
                isBlock.toggle()
                if isBlock { blocks.append((String(line.dropFirst(3)), [])) }
            } else if isBlock {
                blocks[blocks.count - 1].lines.append(String(line))
            }
        }
        return blocks
    }
}
