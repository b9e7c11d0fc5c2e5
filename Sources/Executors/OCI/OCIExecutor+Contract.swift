import Domain
import OCI
import Storage
import Workflows

extension OCIExecutor {
    /// A script longer than this goes in as a file: one argument holds at most 128 KiB.
    private static let longestScriptArgument = 120 << 10

    func arguments(
        _ program: Program, _ image: UnpackedImage, _ folder: AttemptFolder
    ) throws -> [String] {
        switch program {
        case .command(let arguments): return arguments
        case .script(let text, let shell):
            guard text.utf8.count > Self.longestScriptArgument else { return shell + ["-c", text] }
            try Files.writeFile(folder.scriptPath, text.utf8, mode: 0o644)
            return shell + [ContainerPaths.script]
        case .image:
            let arguments = image.configuration.entrypoint + image.configuration.command
            guard !arguments.isEmpty else {
                throw ExecutorError.program(
                    "the image names no program; give the job a 'command' or a 'script'")
            }
            return arguments
        }
    }

    /// The image's variables, then the attempt's, then those that name folders (DESIGN §3).
    static func environment(
        _ attempt: AttemptRequest, _ image: UnpackedImage, _ user: ProcessUser, hasSource: Bool
    ) -> [String] {
        var folders = [
            ("T_WORKSPACE", ContainerPaths.work), ("T_ARTIFACTS", ContainerPaths.artifacts),
            ("T_REPORTS", ContainerPaths.reports), ("T_RESULT_FILE", ContainerPaths.result),
        ]
        if hasSource { folders.append(("T_SOURCE_DIR", ContainerPaths.source)) }
        return environment(
            attempt.environment
                + folders.map { EnvironmentVariable(name: $0.0, value: Secret($0.1)) },
            image, user)
    }

    /// The image's variables, and over them others.
    static func environment(
        _ variables: [EnvironmentVariable], _ image: UnpackedImage, _ user: ProcessUser
    ) -> [String] {
        var order: [String] = []
        var values: [String: String] = [:]
        func set(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }
        set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        set("HOME", user.home)
        for variable in image.configuration.environment {
            let parts = variable.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].isEmpty { set(String(parts[0]), String(parts[1])) }
        }
        for variable in variables { set(variable.name, variable.value.reveal()) }
        return order.map { "\($0)=\(values[$0] ?? "")" }
    }

    func binds(
        _ attempt: AttemptRequest, _ folder: AttemptFolder, _ content: LaidContent
    ) throws -> [Bind] {
        var binds = [
            Bind(source: folder.workPath, target: ContainerPaths.work, isWritable: true),
            Bind(source: folder.reportsPath, target: ContainerPaths.reports, isWritable: true),
            Bind(source: folder.resultPath, target: ContainerPaths.result, isWritable: true),
            Bind(source: folder.artifactsPath, target: ContainerPaths.artifacts, isWritable: false),
        ]
        if let source = content.source {
            binds.append(Bind(source: source, target: ContainerPaths.source, isWritable: false))
        }
        for (name, path) in content.artifacts {
            // The folder of artifacts is read-only in there, so the places are made out here.
            let place = "\(folder.artifactsPath)/\(name)"
            if try Files.status(path)?.kind == .folder {
                try Files.makeFolders(place, mode: 0o755)
            } else {
                try Files.makeFolders(PathText.folder(of: place), mode: 0o755)
                try Files.writeFile(place, [], mode: 0o644)
            }
            binds.append(
                Bind(
                    source: path, target: "\(ContainerPaths.artifacts)/\(name)", isWritable: false))
        }
        if !attempt.secretFiles.isEmpty {
            binds.append(
                Bind(
                    source: folder.secretsPath, target: ContainerPaths.secrets,
                    isWritable: false, isExecutable: false))
        }
        if let data = attempt.dataFile {
            try Files.writeFile(folder.dataPath, data, mode: 0o644)
            binds.append(
                Bind(source: folder.dataPath, target: ContainerPaths.data, isWritable: false))
        }
        return binds + scriptBind(folder)
    }

    /// A script that is too long for an argument.
    func scriptBind(_ folder: AttemptFolder) -> [Bind] {
        guard Files.exists(folder.scriptPath) else { return [] }
        return [Bind(source: folder.scriptPath, target: ContainerPaths.script, isWritable: false)]
    }
}
