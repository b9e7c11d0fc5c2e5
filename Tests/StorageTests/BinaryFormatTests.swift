import TestSupport
import Testing

@testable import Storage

/// What Linux says of emulators (/proc/sys/fs/binfmt_misc).
struct BinaryFormatTests {
    private static func handler(
        _ machine: String, enabled: String = "enabled", flags: String = "flags: OCF",
        offset: String = "offset 0", bits: String = "02", order: String = "01"
    ) -> String {
        """
        \(enabled)
        interpreter /usr/libexec/qemu-binfmt/x
        \(flags)
        \(offset)
        magic 7f454c46\(bits)\(order)010000000000000000000200\(machine)
        mask ffffffffffffff00fffffffffffffffffeffffff

        """
    }

    @Test(
        "a handler that takes programs of an architecture",
        arguments: [
            (handler("b700"), "arm64"), (handler("f300"), "riscv64"),
            (handler("2800", bits: "01"), "arm"), (handler("0016", order: "02"), "s390x"),
        ])
    func takes(text: String, expected: String) {
        #expect(BinaryFormats.architecture(ofHandler: text) == expected)
    }

    @Test(
        "a handler that is of no use for containers",
        arguments: [
            "", "disabled", handler("b700", enabled: "disabled"), handler("ffff"),
            handler("b700", flags: "flags: "), handler("b700", offset: "offset 4"),
            handler("b700", bits: "01"),
            "enabled\ninterpreter /x\nflags: F\nextension .exe\n",
            "enabled\nflags: F\noffset 0\nmagic 7f454c46\n",
        ])
    func noUse(text: String) {
        #expect(BinaryFormats.architecture(ofHandler: text) == nil)
    }

    @Test("altered texts are never trapped on", arguments: 0..<5)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = random.mutated(Array(Self.handler("b700").utf8))
            _ = BinaryFormats.architecture(ofHandler: String(decoding: bytes, as: UTF8.self))
        }
    }
}
