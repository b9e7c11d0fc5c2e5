import CLinux
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// What a container is shown of the home outlives whatever happens to the container.
struct ShownContentTests {
    /// The state of a process that was killed between showing the layers and mounting them.
    @Test("a start that was cut off takes nothing of the store with it", arguments: [true, false])
    func cutOff(isService: Bool) async throws {
        try await ExecutorHome.with { home in
            let request = try home.request("true")
            _ = try await home.executor.layers.image(request.image, stop: StopFlag())
            let layers = try Files.list(home.home.layersPath)
            #expect(!layers.isEmpty)
            let attempt = AttemptFolder(request.id, home: home.home)
            let users = try #require(try home.executor.users(of: request, attempt))
            let folder = isService ? AttemptFolder(service: 0, of: attempt) : attempt
            #expect(try users.show(home.home.layersPath, at: folder.shownPath("layers")))
            await home.executor.discard(request.id)
            #expect(try home.leftovers() == [])
            #expect(try Files.list(home.home.layersPath) == layers)
            #expect(try await home.run(request).log == "")
        }
    }

    @Test("what is shown cannot be changed there, and no removal goes into another mount")
    func removal() async throws {
        try await withTemporaryFolder { folder in
            for name in ["content/a", "tree/b/shown", "tree/c"] {
                try Files.makeFolders("\(folder)/\(name)")
            }
            let shown = "\(folder)/tree/b/shown"
            #expect(unsafe slipway_bind("\(folder)/content", shown, 1) == 0)
            #expect(throws: StorageError.self) { try Files.removeTree("\(folder)/tree") }
            #expect(try Files.list("\(folder)/content") == ["a"])
            #expect(unsafe slipway_unmount(shown) == 0)

            let range = try #require(UserRange(slot: 0))
            let users = try ContainerUsers(range, support: .mapped)
            #expect(try users.show("\(folder)/content", at: shown))
            #expect(throws: StorageError.self) { try Files.makeFolders("\(shown)/new") }
            #expect(throws: StorageError.self) { try Files.removeTree("\(shown)/a") }
            #expect(unsafe slipway_unmount(shown) == 0)
            try Files.removeTree("\(folder)/tree")
            #expect(try Files.list("\(folder)/content") == ["a"])
        }
    }
}
