import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway top`: what runs now.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show the runs that go on now, and their jobs.",
        discussion: """
            On a terminal the picture is shown anew each second, until q or Ctrl-C;
            elsewhere it is printed once.
            """)

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        var board = TopBoard()
        if options.output == .table, let screen = WatchScreen() {
            return try await screen.show { size in
                try await board.refresh(services)
                return board.lines(now: HomeServices.now(), rows: size.rows)
            }
        }
        try await board.refresh(services)
        let shown = board
        options.print(
            table: { shown.lines(now: HomeServices.now(), rows: nil).joined(separator: "\n") },
            json: { shown.json })
    }
}
