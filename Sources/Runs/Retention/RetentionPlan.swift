package import Domain
package import Workflows

/// What a policy lets go, and in which order the rest would go for want of room: pure.
///
/// Everything that may go has a rank, from 1: what age or number of runs take first, then the
/// oldest. What has a rank up to `chosen` goes; `choose` raises that.
package struct RetentionPlan: Sendable {
    private enum Entry {
        case family(Int)
        case memo(Timestamp)
        case cache(Timestamp)

        func time(_ families: [RunFamily]) -> Timestamp {
            switch self {
            case .family(let index): families[index].endedAt
            case .memo(let time), .cache(let time): time
            }
        }
    }

    package let families: [RunFamily]
    /// How many ranks there are.
    package let count: UInt32
    /// What has a rank up to this goes.
    package private(set) var chosen: UInt32

    /// Times of memos and caches, in order, with their ranks.
    private let memoRanks: [(time: Timestamp, rank: UInt32)]
    private let cacheRanks: [(time: Timestamp, rank: UInt32)]
    /// Rank of the family with the same index; nil for what stays.
    private let familyRanks: [UInt32?]
    private let runRanks: [RunID: UInt32]

    /// `memos`: when each result was made; `caches`: when each was last used.
    package init(
        _ policy: RetentionPolicy, families: [RunFamily], memos: [Timestamp],
        caches: [Timestamp], at now: Timestamp
    ) {
        self.families = families
        let kept = Self.newest(policy.runs, of: families)
        let limit = policy.age.map { now + (.zero - $0) }
        var first: [Entry] = []
        var later: [Entry] = []
        func place(_ entry: Entry, goes: Bool) {
            if goes { first.append(entry) } else { later.append(entry) }
        }
        for (index, family) in families.enumerated()
        where !family.isBound && !kept.contains(index) {
            let isOld = limit.map { family.endedAt <= $0 } ?? (policy.runs != nil)
            // A number of runs said beside a size alone keeps; it does not take.
            place(.family(index), goes: limit == nil && policy.size != nil ? false : isOld)
        }
        for time in Set(memos) { place(.memo(time), goes: limit.map { time <= $0 } ?? false) }
        for time in Set(caches) { place(.cache(time), goes: limit.map { time <= $0 } ?? false) }
        chosen = UInt32(first.count)
        let entries =
            first.sorted { $0.time(families) < $1.time(families) }
            + later.sorted { $0.time(families) < $1.time(families) }
        count = UInt32(entries.count)
        var familyRanks = [UInt32?](repeating: nil, count: families.count)
        var runRanks: [RunID: UInt32] = [:]
        var memoRanks: [(Timestamp, UInt32)] = []
        var cacheRanks: [(Timestamp, UInt32)] = []
        for (index, entry) in entries.enumerated() {
            let rank = UInt32(index + 1)
            switch entry {
            case .family(let family):
                familyRanks[family] = rank
                for run in families[family].runs { runRanks[run] = rank }
            case .memo(let time): memoRanks.append((time, rank))
            case .cache(let time): cacheRanks.append((time, rank))
            }
        }
        self.familyRanks = familyRanks
        self.runRanks = runRanks
        self.memoRanks = memoRanks.sorted { $0.0 < $1.0 }
        self.cacheRanks = cacheRanks.sorted { $0.0 < $1.0 }
    }

    /// Indexes of the newest families of each workflow, as many as are to stay.
    private static func newest(_ count: Int?, of families: [RunFamily]) -> Set<Int> {
        guard let count else { return [] }
        var seen: [String: Int] = [:]
        var newest: Set<Int> = []
        let byNumber = families.indices.sorted { families[$0].number > families[$1].number }
        for index in byNumber {
            let workflow = families[index].workflow
            guard seen[workflow, default: 0] < count else { continue }
            seen[workflow, default: 0] += 1
            newest.insert(index)
        }
        return newest
    }

    /// Nil for a run that stays.
    package func rank(of run: RunID) -> UInt32? { runRanks[run] }

    package func rank(ofMemo time: Timestamp) -> UInt32? { Self.rank(time, memoRanks) }
    package func rank(ofCache time: Timestamp) -> UInt32? { Self.rank(time, cacheRanks) }

    private static func rank(
        _ time: Timestamp, _ ranks: [(time: Timestamp, rank: UInt32)]
    ) -> UInt32? {
        var low = 0
        var high = ranks.count
        while low < high {
            let middle = (low + high) / 2
            if ranks[middle].time < time { low = middle + 1 } else { high = middle }
        }
        return low < ranks.count && ranks[low].time == time ? ranks[low].rank : nil
    }

    /// The families that go, the oldest first.
    package var goingFamilies: [RunFamily] {
        families.indices.filter { familyRanks[$0].map { $0 <= chosen } ?? false }
            .map { families[$0] }
    }

    package func rank(ofFamily index: Int) -> UInt32? { familyRanks[index] }

    /// Lets more go, in order, until `excess` bytes are free; `bytes` says what each rank frees.
    /// Gives the bytes that are still too many.
    package mutating func choose(toFree excess: Int64, _ bytes: [UInt32: Int64]) -> Int64 {
        var left = excess
        for rank in 1..<(max(count, chosen) + 1) {
            if rank <= chosen {
                left -= bytes[rank] ?? 0
                continue
            }
            guard left > 0 else { break }
            chosen = rank
            left -= bytes[rank] ?? 0
        }
        return max(0, left)
    }
}
