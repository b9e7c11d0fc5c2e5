import Domain

/// What is wrong with the text of a platform.
package enum PlatformError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(String)
    case unknownArchitecture(String, hint: String?)

    package var description: String {
        switch self {
        case .malformed(let text):
            "\(Quotation(text)) is not a platform; expected linux/ARCHITECTURE or "
                + "linux/ARCHITECTURE/VARIANT, such as linux/arm64 or linux/arm/v7"
        case .unknownArchitecture(let name, let hint):
            "\(Quotation(name, noun: "a name")) is not a processor architecture; "
                + (hint ?? "expected one of \(Platform.architectures.joined(separator: ", "))")
        }
    }
}

/// Operating system and processor (OCI image spec 1.1, "Image Index"). What names the same machine
/// is the same value: `linux/x86_64` is `linux/amd64`, `linux/arm64/v8` is `linux/arm64`.
package struct Platform: Hashable, Sendable, CustomStringConvertible {
    package let system: String
    package let architecture: String
    /// Of the processor, such as `v7`; nil for an architecture's first one.
    package let variant: String?

    package init(system: String, architecture: String, variant: String? = nil) {
        self.system = system
        let name = Self.aliases[architecture] ?? architecture
        self.architecture = name
        // The variant that is meant when none is said (github.com/containerd/platforms).
        let isFirst =
            variant == "" || (name == "arm64" && (variant == "v8" || variant == "8"))
            || (name == "amd64" && variant == "v1")
        self.variant = isFirst ? nil : variant ?? (name == "arm" ? "v7" : nil)
    }

    init?(_ json: JSONValue) {
        guard let system = json["os"]?.stringValue,
            let architecture = json["architecture"]?.stringValue
        else { return nil }
        self.init(
            system: system, architecture: architecture, variant: json["variant"]?.stringValue)
    }

    /// Reads `linux/arm64` or `linux/arm/v7`; the architecture must be one that Go names.
    package init(parsing text: some StringProtocol) throws(PlatformError) {
        let parts = String(text).split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.count == 2 || parts.count == 3, parts[0] == "linux",
            parts.allSatisfy(Self.isWord)
        else { throw .malformed(String(text)) }
        let name = Self.aliases[parts[1]] ?? parts[1]
        guard Self.architectures.contains(name) else {
            throw .unknownArchitecture(
                parts[1], hint: Suggestion.hint(for: parts[1], among: Self.architectures))
        }
        self.init(
            system: parts[0], architecture: name, variant: parts.count == 3 ? parts[2] : nil)
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 32
            && text.utf8.allSatisfy {
                ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: "_")
            }
    }

    /// Those of Linux that Go builds for (go.dev/doc/install/source, "GOARCH").
    package static let architectures = [
        "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
        "ppc64le", "riscv64", "s390x",
    ]
    private static let aliases = [
        "x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386",
    ]

    /// Of the machine that this program was built for.
    package static var current: Platform {
        #if arch(arm64)
            Platform(system: "linux", architecture: "arm64")
        #else
            Platform(system: "linux", architecture: "amd64")
        #endif
    }

    package var description: String {
        "\(system)/\(architecture)" + (variant.map { "/\($0)" } ?? "")
    }

    /// What may stand in for this platform, the best first: an older processor of the family.
    package var substitutes: [Platform] {
        guard architecture == "arm", let variant,
            let index = Self.armVariants.firstIndex(of: variant)
        else { return [self] }
        return Self.armVariants[index...].map {
            Platform(system: system, architecture: architecture, variant: $0)
        }
    }

    private static let armVariants = ["v8", "v7", "v6", "v5"]

    /// Whether a machine runs images of this platform without an emulator.
    package func runs(on machine: Platform) -> Bool {
        machine.substitutes.contains(self)
            || (system == machine.system && architecture == "386"
                && machine.architecture == "amd64")
    }
}
