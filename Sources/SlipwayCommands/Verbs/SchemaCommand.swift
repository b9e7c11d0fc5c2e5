import ArgumentParser
import Domain
import Workflows

/// `slipway schema`: the JSON Schema of workflow files.
struct SchemaCommand: ParsableCommand {
    enum Draft: String, ExpressibleByArgument, CaseIterable {
        case draft2020 = "2020-12"
        case draft07 = "draft-07"

        var format: FormatSchema.Draft { self == .draft07 ? .draft07 : .draft2020 }
    }

    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of workflow files.",
        discussion: """
            For editors, which read draft-07 mostly:
              slipway schema --draft draft-07 >workflow.schema.json
            and as the first line of a workflow:
              # yaml-language-server: $schema=workflow.schema.json
            `slipway lint` checks more: references, order, Lua.
            """)

    @Option(name: .long, help: "2020-12 or draft-07.")
    var draft = Draft.draft2020

    func run() {
        var writer = JSONWriter(indented: true)
        writer.write(FormatSchema.document(draft.format))
        Console.print(String(decoding: writer.bytes, as: UTF8.self))
    }
}
