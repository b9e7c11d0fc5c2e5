import Glibc
package import OCI

/// The name of a blob as four numbers: 32 bytes instead of the 64 and more of a text.
struct BlobKey: Hashable, Comparable, Sendable {
    let first, second, third, fourth: UInt64

    /// Nil unless the bytes are 64 lower-case hexadecimal digits.
    init?(hex: ArraySlice<UInt8>) {
        guard hex.count == 64 else { return nil }
        let start = hex.startIndex
        guard let first = Self.number(hex[start..<start + 16]),
            let second = Self.number(hex[start + 16..<start + 32]),
            let third = Self.number(hex[start + 32..<start + 48]),
            let fourth = Self.number(hex[start + 48..<start + 64])
        else { return nil }
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    static func < (left: BlobKey, right: BlobKey) -> Bool {
        (left.first, left.second, left.third, left.fourth)
            < (right.first, right.second, right.third, right.fourth)
    }

    var hex: String {
        [first, second, third, fourth].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}

/// The blobs of a store at one moment, and who needs each of them: 49 bytes a blob, however many
/// rows name it.
///
/// Those who need a blob have a rank: the higher, the longer they stay. A blob keeps the highest.
package struct BlobInventory: Sendable {
    /// Of what always stays.
    package static let always = UInt32.max

    var keys: [BlobKey] = []
    private(set) var sizes: [Int64] = []
    private(set) var ranks: [UInt32] = []
    private(set) var isOfImage: [Bool] = []
    /// What stands among the blobs and is none: it is never touched.
    package internal(set) var strangers: [String] = []

    package init() {}

    package var count: Int { keys.count }

    /// In ascending order; `bytes` on the disk.
    mutating func append(_ key: BlobKey, bytes: Int64) {
        keys.append(key)
        sizes.append(bytes)
        ranks.append(0)
        isOfImage.append(false)
    }

    func index(of key: BlobKey) -> Int? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key ? low : nil
    }

    package func contains(_ digest: Digest) -> Bool {
        BlobKey(hex: Array(digest.hex.utf8)[...]).flatMap { index(of: $0) } != nil
    }

    /// Whether somebody of more than this rank needs a blob.
    package func isNeeded(_ digest: Digest, beyond rank: UInt32 = 0) -> Bool {
        guard let key = BlobKey(hex: Array(digest.hex.utf8)[...]), let found = index(of: key) else {
            return false
        }
        return ranks[found] > rank
    }

    package mutating func mark(_ digest: Digest, rank: UInt32 = always, isOfImage image: Bool) {
        guard let key = BlobKey(hex: Array(digest.hex.utf8)[...]), let found = index(of: key) else {
            return
        }
        ranks[found] = max(ranks[found], rank)
        if image { isOfImage[found] = true }
    }

    /// Marks every digest that some text names, wherever it stands in it: what is written by a
    /// later version, in a key that this one does not know, is kept too.
    package mutating func mark(everyDigestIn text: [UInt8], rank: UInt32 = always) {
        // `sha256:` and 64 digits.
        var end = 6
        while end < text.count - 64 {
            defer { end += 1 }
            guard text[end] == 0x3a, text[end - 1] == 0x36, text[end - 6] == 0x73,
                text[end - 6..<end].elementsEqual("sha256".utf8),
                let key = BlobKey(hex: text[(end + 1)...(end + 64)]), let found = index(of: key)
            else { continue }
            ranks[found] = max(ranks[found], rank)
            end += 64
        }
    }

    /// Bytes of the blobs that nobody needs, of those that images need, and of the others.
    package var bytes: (unreached: Int64, images: Int64, others: Int64) {
        var sums: (unreached: Int64, images: Int64, others: Int64) = (0, 0, 0)
        for index in keys.indices {
            if isOfImage[index] {
                sums.images += sizes[index]
            } else if ranks[index] == 0 {
                sums.unreached += sizes[index]
            } else {
                sums.others += sizes[index]
            }
        }
        return sums
    }

    /// Calls with the rank and the bytes of each blob that somebody needs who does not always stay.
    package func forEachRemovable(_ body: (_ rank: UInt32, _ bytes: Int64) -> Void) {
        for index in keys.indices where ranks[index] > 0 && ranks[index] < Self.always {
            body(ranks[index], sizes[index])
        }
    }

    /// Adds what lies elsewhere and goes with a blob, such as its content laid out.
    package mutating func add(bytes: Int64, to digest: Digest) {
        guard let key = BlobKey(hex: Array(digest.hex.utf8)[...]), let found = index(of: key) else {
            return
        }
        sizes[found] += bytes
    }
}
