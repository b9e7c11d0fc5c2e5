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
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

/// A target of ours: its folder is `Sources/NAME`.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
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
    ],
    targets: [
        // 0. C libraries: a module map and a shim, nothing else
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCompression", providers: [.apt(["libisal-dev", "libzstd-dev"])]),
        .target(name: "CLinux"),

        // 1. Vocabulary: pure values, no I/O
        layer("Domain"),
        layer("OCI", ["Domain", crypto]),

        // 2. The one seam to disk
        layer("Storage", ["CCompression", "CLinux", "Domain", "OCI", crypto, grdb]),

        // 3. Capabilities: none imports another, but for Runs → Workflows
        layer("Workflows", ["CYAML", "Domain", "OCI"]),
        layer("Registry", ["Domain", "OCI", "Storage", crypto]),
        layer("Runs", ["Domain", "OCI", "Storage", "Workflows"]),

        // 4. Adapters that run foreign things
        layer("Executors", ["CLinux", "Domain", "OCI", "Storage", "Workflows", crypto]),

        // 5. Delivery
        layer("SlipwayCommands", ["Domain", "OCI", "Storage", "Workflows", arguments]),
        .executableTarget(
            name: "slipway", dependencies: ["SlipwayCommands"], swiftSettings: settings),

        // Tests
        layer("TestSupport", ["Storage"]),
        tests("Domain", ["Domain"]),
        tests("OCI", ["OCI", "Domain"]),
        tests("Storage", ["Storage", "Domain", "OCI"]),
        tests("Workflows", ["Workflows", "Domain", "OCI"]),
        tests("Runs", ["Runs", "Workflows", "Storage", "Domain", "OCI"]),
        tests("SlipwayCommands", ["SlipwayCommands", arguments]),
        tests("Repository"),
    ]
)
