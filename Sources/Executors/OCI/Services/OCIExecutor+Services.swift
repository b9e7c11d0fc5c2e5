import Domain
import OCI
import Storage
import Workflows

extension OCIExecutor {
    /// Starts the attempt's services side by side and waits until all can be used.
    func startServices(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ users: ContainerUsers?,
        _ tools: Tools, _ stop: StopFlag
    ) async throws -> [Service] {
        guard !attempt.services.isEmpty else { return [] }
        return try await withThrowingTaskGroup(of: (Int, Service).self) { group in
            for (index, request) in attempt.services.enumerated() {
                group.addTask {
                    let service = try await self.start(
                        request, AttemptFolder(service: index, of: folder), users,
                        logLimitBytes: attempt.logLimitBytes, tools, stop)
                    try await service.awaitReady(
                        request, runtime: tools.runtime, root: self.runtimeRoot, stop: stop,
                        threads: self.starters)
                    return (index, service)
                }
            }
            var services: [(Int, Service)] = []
            for try await service in group { services.append(service) }
            return services.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// That it does not run is the machine's or the service's fault, never the job's.
    private func start(
        _ request: ServiceRequest, _ folder: AttemptFolder, _ users: ContainerUsers?,
        logLimitBytes: Int64, _ tools: Tools, _ stop: StopFlag
    ) async throws -> Service {
        do {
            let image = try await layers.image(request.image, stop: stop)
            return try await starters.run {
                let container = try self.launch(
                    request, folder, users, image, logLimitBytes: logLimitBytes, tools, stop)
                return Service(name: request.name, container: container)
            }
        } catch ExecutorError.cancelled {
            throw ExecutorError.cancelled
        } catch {
            let why = Self.translate(error)
            if case .disk = why { throw why }
            throw ExecutorError.service(request.name, "\(why)")
        }
    }

    private func launch(
        _ request: ServiceRequest, _ folder: AttemptFolder, _ users: ContainerUsers?,
        _ image: UnpackedImage, logLimitBytes: Int64, _ tools: Tools, _ stop: StopFlag
    ) throws -> Container {
        try stop.check()
        let resources = try resources(request.resources)
        try folder.makeForService(disk: resources.disk)
        try folder.mountRoot(
            lower: image.lowerFolders, layersPath: home.layersPath, users)
        let user = try ImageUser.resolve(
            request.user ?? image.configuration.user, root: folder.rootPath)
        let place = RawPath(image.configuration.workingFolder).parts.filter { $0 != "." }
        // What lies there is the runtime's own for a moment (CVE-2024-21626).
        guard place.first != "proc", !place.contains("..") else {
            let place = Quotation(image.configuration.workingFolder, noun: "a path")
            throw ExecutorError.image(
                "its working folder is \(place); "
                    + "expected one outside /proc, without '..'")
        }
        let network = AttemptNetwork(folder)
        let specification = RuntimeSpecification(
            arguments: try arguments(request.program, image, folder),
            environment: Self.environment(request.environment, image, user),
            user: user, rootPath: folder.rootPath, hostName: AttemptNetwork.hostName,
            binds: network.binds() + scriptBind(folder),
            cgroupPath: Self.cgroupPath(folder.name), resources: resources,
            isolation: .standard, openFilesLimit: Self.openFilesLimit,
            networkPath: network.namespacePath, users: users?.range,
            usersPath: network.ownersPath,
            workingFolder: image.configuration.workingFolder)
        let container = Container(service: folder, logLimitBytes: logLimitBytes)
        try begin(container, specification, tools, stop)
        return container
    }

    /// The services of an attempt that an earlier process started.
    func adoptServices(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, isSameBoot: Bool
    ) throws -> [Service] {
        try attempt.services.enumerated().map { index, request in
            let folder = AttemptFolder(service: index, of: folder)
            let container = Container(
                service: folder, logLimitBytes: attempt.logLimitBytes)
            container.watch(
                conmon: isSameBoot ? try AttemptFolder.pid(in: folder.conmonPidPath) : nil)
            return Service(name: request.name, container: container)
        }
    }
}
