import OCI
import TestSupport
import Testing

@testable import Storage

/// Which blobs are listed, and which of them a text names.
struct BlobInventoryTests {
    private static let one = Digest(of: "one".utf8)
    private static let two = Digest(of: "two".utf8)

    private static func inventory() throws -> BlobInventory {
        var inventory = BlobInventory()
        let keys = try [one, two].map { try #require(BlobKey(hex: Array($0.hex.utf8)[...])) }
        for key in keys.sorted() { inventory.append(key, bytes: 10) }
        return inventory
    }

    @Test("a key is the digest's text and sorts as it does")
    func keys() throws {
        for digest in [Self.one, Self.two] {
            #expect(BlobKey(hex: Array(digest.hex.utf8)[...])?.hex == digest.hex)
        }
        let zero = String(repeating: "0", count: 63) + "1"
        #expect(BlobKey(hex: Array(zero.utf8)[...])?.hex == zero)
        for bad in [
            String(zero.dropLast()), zero + "0", zero.uppercased() + "A", "g" + zero.dropFirst(),
        ] {
            #expect(BlobKey(hex: Array(bad.utf8)[...]) == nil)
        }
        var generator = SeededGenerator(seed: 1)
        let texts = (0..<200).map { _ in
            Digest(of: String(UInt64.random(in: 0...UInt64.max, using: &generator)).utf8).hex
        }
        let sorted = texts.compactMap { BlobKey(hex: Array($0.utf8)[...]) }.sorted().map(\.hex)
        #expect(sorted == texts.sorted())
    }

    @Test(
        "a text names a digest wherever it stands, whole and in lower case",
        arguments: [
            ("\(one)", true), ("{\"a\":\"\(one)\"}", true), ("x\(one)y", true),
            ("\(two)\(one)", true), ("\(one)\(two)", true), ("sha256:\(one)", true),
            ("{\"unknown\":{\"deep\":[\"\(one)\"]}}", true), ("\(one.hex)", false),
            ("\(one)".uppercased(), false), (String("\(one)".dropLast()), false),
            (String("\(one)".dropFirst()), false), ("sha512:\(one.hex)", false), ("", false),
            ("sha256:", false),
        ])
    func names(text: String, expected: Bool) throws {
        var inventory = try Self.inventory()
        inventory.mark(everyDigestIn: Array(text.utf8))
        #expect(inventory.isNeeded(Self.one) == expected)
    }

    @Test("the one who stays longest decides; what is unknown is nobody's")
    func ranks() throws {
        var inventory = try Self.inventory()
        inventory.mark(Self.one, rank: 3, isOfImage: false)
        inventory.mark(Self.one, rank: 2, isOfImage: false)
        #expect(inventory.isNeeded(Self.one, beyond: 2))
        #expect(!inventory.isNeeded(Self.one, beyond: 3))
        inventory.mark(Digest(of: "none".utf8), isOfImage: true)
        #expect(!inventory.isNeeded(Digest(of: "none".utf8)))
        var freed: [UInt32: Int64] = [:]
        inventory.forEachRemovable { freed[$0, default: 0] += $1 }
        #expect(freed == [3: 10])
        #expect(inventory.bytes == (10, 0, 10))
        inventory.mark(Self.two, isOfImage: true)
        inventory.mark(Self.one, isOfImage: false)
        #expect(inventory.bytes == (0, 10, 10))
    }
}
