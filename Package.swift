// swift-tools-version: 6.2
import PackageDescription

// One list of settings for every target of ours; default isolation stays `nonisolated`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

/// A target of ours: its folder is `Sources/NAME`.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: excluded(name), swiftSettings: settings)
}

/// Capabilities say what they are in a README beside their code.
func excluded(_ name: String) -> [String] {
    ["Registry", "Runs", "Secrets", "Scripting", "Executors"].contains(name) ? ["README.md"] : []
}

/// The tests of a target: their folder is `Tests/NAMETests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: "TestSupport")] + dependencies,
        swiftSettings: settings)
}

let package = Package(
    name: "slipway",
    products: [.executable(name: "slipway", targets: ["slipway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // 0. C libraries: a module map and a shim, nothing else
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCompression", providers: [.apt(["libisal-dev", "libzstd-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CLuaSandbox", dependencies: ["CLua"]),

        // 1. Vocabulary: pure values, no I/O
        layer("Domain"),
        layer("OCI", ["Domain", crypto]),

        // 2. The one seam to disk
        layer("Storage", ["CCompression", "CLinux", "Domain", "OCI", crypto, grdb]),

        // 3. Capabilities: none imports another, but for Runs → Workflows
        layer("Workflows", ["CYAML", "Domain", "OCI"]),
        layer(
            "Registry",
            [
                "CLinux", "Domain", "OCI", "Storage", crypto, httpClient, nioCore, nioHTTP,
                nioPosix, nioSSL,
            ]),
        layer("Runs", ["CExpat", "CLinux", "Domain", "OCI", "Storage", "Workflows", crypto]),
        layer("Secrets", ["Domain"]),

        // 4. Adapters that run foreign things
        layer("Scripting", ["CLinux", "CLuaSandbox", "Domain", "Storage"]),
        layer("Executors", ["CLinux", "Domain", "OCI", "Storage", "Workflows", crypto]),

        // 5. Delivery
        layer(
            "SlipwayCommands",
            [
                "CLinux", "Domain", "Executors", "OCI", "Registry", "Runs", "Scripting", "Secrets",
                "Storage", "Workflows", arguments,
            ]),
        .executableTarget(
            name: "slipway", dependencies: ["CLinux", "SlipwayCommands"],
            swiftSettings: settings),

        // What `make bench` runs (docs/decisions/0006): it sees `package` API, so it lives here.
        .executableTarget(
            name: "slipway-bench",
            dependencies: [
                "CLinux", "Domain", "Executors", "OCI", "Registry", "Runs", "SlipwayCommands",
                "Storage", "TestSupport", "Workflows",
            ],
            path: "Benchmarks", swiftSettings: settings),

        // Tests
        layer("TestSupport", ["CLinux", "Domain", "OCI", "Storage", "Workflows", crypto]),
        tests("Domain", ["Domain"]),
        tests("OCI", ["OCI", "Domain"]),
        tests("Storage", ["Storage", "Domain", "OCI"]),
        tests("Workflows", ["Workflows", "Domain", "OCI"]),
        tests("Registry", ["Registry", "Domain", "OCI", "Storage", crypto]),
        tests("Runs", ["Runs", "Workflows", "Storage", "Domain", "OCI", "slipway"]),
        tests("Secrets", ["Secrets", "Domain"]),
        tests("Scripting", ["Scripting", "Domain", "slipway"]),
        tests("Executors", ["Executors", "Registry", "Workflows", "Storage", "Domain", "OCI"]),
        tests(
            "SlipwayCommands",
            [
                "SlipwayCommands", "Domain", "OCI", "Runs", "Storage", "Workflows", "slipway",
                arguments,
            ]),
        tests("Repository"),
        // Whole workflows in real containers, driven through the built command line.
        tests("Integration", ["Domain", "OCI", "Storage", "slipway"]),
    ]
)
