import Domain
import Storage

/// A home of its own for one test, driven through the built command line as a user would.
package struct TestHome: Sendable {
    package let path: String
    private let program: String

    /// Makes a home, imports the named base images, and removes everything afterwards.
    package static func with<Value>(
        images: [String] = [], _ body: (TestHome) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryFolder { folder in
            let home = TestHome(
                path: "\(folder)/home", program: try BuiltProduct.path("slipway"))
            for image in images {
                let result = try await home.slipway(["image", "import", try Checkout.image(image)])
                guard result.code == 0 else {
                    throw StorageError.archive(path: image, why: result.error)
                }
            }
            do {
                let value = try await body(home)
                try home.forget()
                return value
            } catch {
                try home.forget()
                throw error
            }
        }
    }

    private init(path: String, program: String) {
        self.path = path
        self.program = program
    }

    /// The same home for a test that made its folder itself.
    package init(at path: String) throws {
        self.init(path: path, program: try BuiltProduct.path("slipway"))
    }

    /// The folder with mount points, sockets and the runtime's state.
    package func runtimePath() throws -> String { try Home(path: path).runtimePath }

    private func forget() throws {
        guard Files.exists(path) else { return }
        try Files.removeTree(try runtimePath())
    }

    package func environment(_ extra: [String: String] = [:]) -> [String: String] {
        extra.merging(["SLIPWAY_HOME": path, "HOME": path, "TERM": "dumb"]) { given, _ in given }
    }

    /// Runs the command line to its end.
    package func slipway(
        _ arguments: [String], environment extra: [String: String] = [:], folder: String? = nil
    ) async throws -> ProgramResult {
        try await Program.run(
            program, arguments, environment: environment(extra), folder: folder)
    }

    /// Starts the command line and leaves it running.
    package func start(
        _ arguments: [String], environment extra: [String: String] = [:]
    ) throws -> Program {
        try Program(program, arguments, environment: environment(extra))
    }

    /// Writes a workflow beside the home, outside any repository.
    package func workflow(_ text: String, name: String = "workflow.yaml") throws -> String {
        let file = "\(PathText.folder(of: path))/\(name)"
        try Files.writeFile(file, text.utf8)
        return file
    }
}
