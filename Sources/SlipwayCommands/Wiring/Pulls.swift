import ArgumentParser
import Domain
import Executors
import Glibc
import OCI
import Registry
import Storage
import Workflows

extension HomeServices {
    /// How this user reaches registries.
    func registryAccess() throws -> RegistryAccess {
        RegistryAccess(
            environment: Console.environment(), userID: RootlessMode.user,
            options: try settings().registries)
    }
}

/// How registries are reached, as far as a command line says.
struct RegistryFlags: ParsableArguments {
    @Flag(
        name: .customLong("plain-http"),
        help: "Speak plain HTTP to the registries that are named; what they say can be altered.")
    var isPlain = false

    func access(_ services: HomeServices, for images: [ImageReference]) throws -> RegistryAccess {
        var access = try services.registryAccess()
        if isPlain {
            for host in images.compactMap(\.host) {
                access.options[host, default: RegistryOptions()].isPlain = true
            }
        }
        return access
    }
}

/// Images on their way in, one after the other, each with its progress.
struct Pulls {
    let services: HomeServices
    let access: RegistryAccess
    let progress: ProgressKind

    func pull(_ request: PullRequest) async throws -> PulledImage {
        let reporter = progress.pullReporter()
        do {
            let image = try await services.images.pull(
                request, access, at: HomeServices.now(), uses: services.imageUses,
                tell: { reporter.take($0) })
            reporter.stop()
            ComponentWarnings.print(image.warnings, of: image.reference)
            return image
        } catch {
            reporter.stop()
            throw error
        }
    }
}
