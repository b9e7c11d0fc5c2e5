import ArgumentParser

/// What a folder is a project of, as its files tell.
enum ProjectKind: String, CaseIterable, ExpressibleByArgument {
    case swift, node, go, rust, python, maven, gradle, cmake, make, docker, plain

    /// One of these files says so.
    var marks: [String] {
        switch self {
        case .swift: ["Package.swift"]
        case .node: ["package.json"]
        case .go: ["go.mod"]
        case .rust: ["Cargo.toml"]
        case .python: ["pyproject.toml", "requirements.txt", "setup.py"]
        case .maven: ["pom.xml"]
        case .gradle: ["build.gradle.kts", "build.gradle"]
        case .cmake: ["CMakeLists.txt"]
        case .make: ["GNUmakefile", "makefile", "Makefile"]
        case .docker: ["Dockerfile", "Containerfile"]
        case .plain: []
        }
    }

    /// Every kind that has a mark among the names, the one to go by first.
    static func found(in names: [String]) -> [(kind: ProjectKind, mark: String)] {
        let names = Set(names)
        return allCases.compactMap { kind in
            kind.marks.first { names.contains($0) }.map { (kind: kind, mark: $0) }
        }
    }

    var shown: String {
        switch self {
        case .swift: "a Swift package"
        case .node: "a Node.js project"
        case .go: "a Go module"
        case .rust: "a Rust crate"
        case .python: "a Python project"
        case .maven: "a Maven project"
        case .gradle: "a Gradle project"
        case .cmake: "a CMake project"
        case .make: "a project with a Makefile"
        case .docker: "a container image"
        case .plain: "a project of any kind"
        }
    }

    /// The image that has what the jobs call.
    var component: String {
        switch self {
        case .swift: "docker.io/library/swift:6.1"
        case .node: "docker.io/library/node:22"
        case .go: "docker.io/library/golang:1.24"
        case .rust: "docker.io/library/rust:1.86"
        case .python: "docker.io/library/python:3.13"
        case .maven: "docker.io/library/maven:3-eclipse-temurin-21"
        case .gradle: "docker.io/library/gradle:8-jdk21"
        case .cmake: "docker.io/library/gcc:14"
        case .make: "docker.io/library/gcc:14"
        case .docker: "docker.io/hadolint/hadolint:2.12.0-debian"
        case .plain: "library/busybox:latest"
        }
    }

    /// Whether its tools bring dependencies over the network.
    var fetches: Bool {
        switch self {
        case .swift, .node, .go, .rust, .python, .maven, .gradle, .cmake: true
        case .make, .docker, .plain: false
        }
    }

    /// The jobs, each with the lines of its script; a job sees the source, not what others made.
    func jobs(in names: [String]) -> [StarterWorkflow.Job] {
        typealias Job = StarterWorkflow.Job
        switch self {
        case .swift:
            return [
                Job("build", "compile", "swift build -c release"),
                Job("test", "unit", "swift test"),
            ]
        case .node: return [Job("test", "unit", "npm ci", "npm test")]
        case .go:
            return [
                Job("build", "compile", "go build ./..."),
                Job("test", "vet", "go vet ./..."), Job("test", "unit", "go test ./..."),
            ]
        case .rust:
            return [
                Job("build", "compile", "cargo build --release"), Job("test", "unit", "cargo test"),
            ]
        case .python:
            let install =
                names.contains("requirements.txt")
                ? "pip install -r requirements.txt pytest" : "pip install . pytest"
            return [Job("test", "unit", install, "python -m pytest")]
        case .maven: return [Job("build", "verify", "mvn -B verify")]
        case .gradle:
            let program = names.contains("gradlew") ? "./gradlew" : "gradle"
            return [Job("build", "check", "\(program) --no-daemon build")]
        case .cmake:
            return [
                Job(
                    "build", "check",
                    "command -v cmake || { apt-get update && apt-get install -y cmake; }",
                    "cmake -S . -B build", "cmake --build build",
                    "ctest --test-dir build --output-on-failure")
            ]
        case .make: return [Job("build", "compile", "make")]
        case .docker:
            let file = names.contains("Dockerfile") ? "Dockerfile" : "Containerfile"
            return [Job("check", "lint", "hadolint \(file)")]
        case .plain: return [Job("greet", "hello", "echo \"hello from $T_JOB\"")]
        }
    }
}
