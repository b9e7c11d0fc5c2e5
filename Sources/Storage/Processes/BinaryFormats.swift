package import OCI

/// Which foreign programs this machine runs through an emulator (Linux' binfmt_misc).
package enum BinaryFormats {
    private static let folder = "/proc/sys/fs/binfmt_misc"

    /// Whether an image of a platform runs here, with or without an emulator.
    package static func canRun(_ platform: Platform) -> Bool {
        platform.runs(on: .current) || emulated().contains(platform.architecture)
    }

    /// Architectures of Linux programs that some handler takes, also inside containers.
    package static func emulated() -> Set<String> {
        var names: Set<String> = []
        let handlers: [String]
        do { handlers = try Files.list(folder) } catch { return [] }
        for handler in handlers where handler != "status" && handler != "register" {
            do {
                let bytes = try Files.readFile("\(folder)/\(handler)", limit: 1 << 16)
                if let name = architecture(ofHandler: String(decoding: bytes, as: UTF8.self)) {
                    names.insert(name)
                }
            } catch {
                // A handler that was taken away meanwhile.
            }
        }
        return names
    }

    /// What a handler's file says: enabled, opened in advance (`F`, since a container has no
    /// emulator), and a magic that is an ELF header, whose machine is at byte 18 (elf(5)).
    static func architecture(ofHandler text: String) -> String? {
        let lines = text.split(separator: "\n")
        guard lines.first == "enabled", lines.contains("offset 0"),
            lines.contains(where: { $0.hasPrefix("flags:") && $0.dropFirst(6).contains("F") }),
            let magic = lines.first(where: { $0.hasPrefix("magic ") })?.dropFirst(6).lowercased(),
            magic.hasPrefix("7f454c46"), magic.utf8.count >= 40
        else { return nil }
        let digits = Array(magic.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        let is64 = part(8..<10) == "02"
        let isBig = part(10..<12) == "02"
        let machine = part(36..<40)
        return machines[Machine(code: machine, is64: is64, isBig: isBig)]
    }

    private struct Machine: Hashable {
        let code: String
        let is64: Bool
        let isBig: Bool
    }

    private static let machines: [Machine: String] = [
        Machine(code: "b700", is64: true, isBig: false): "arm64",
        Machine(code: "3e00", is64: true, isBig: false): "amd64",
        Machine(code: "2800", is64: false, isBig: false): "arm",
        Machine(code: "0300", is64: false, isBig: false): "386",
        Machine(code: "0600", is64: false, isBig: false): "386",
        Machine(code: "f300", is64: true, isBig: false): "riscv64",
        Machine(code: "1500", is64: true, isBig: false): "ppc64le",
        Machine(code: "0015", is64: true, isBig: true): "ppc64",
        Machine(code: "0016", is64: true, isBig: true): "s390x",
        Machine(code: "0800", is64: true, isBig: false): "mips64le",
        Machine(code: "0008", is64: true, isBig: true): "mips64",
        Machine(code: "0201", is64: true, isBig: false): "loong64",
    ]
}
