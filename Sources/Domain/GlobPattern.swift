/// A pattern for branches, tags and paths: `main`, `release/*`, `src/**`, `v[0-9].?`.
///
/// `*` is any text without `/`, `?` one scalar but `/`, `[a-z]` and `[!a-z]` one of a set but `/`,
/// `**` any text; `**/` where a part of a path begins is any folders, or none. `\` takes the
/// meaning from what follows it. The whole name must match, byte for byte: case counts.
package struct GlobPattern: Hashable, Sendable, CustomStringConvertible {
    private enum Step: Hashable, Sendable {
        case scalar(Unicode.Scalar)
        case any
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
        /// Of one part of a path.
        case star
        case everything
        /// The two steps behind it may be left out.
        case optional
    }

    /// As it was written.
    package let description: String
    private let steps: [Step]

    /// In bytes.
    package static let lengthLimit = 1024
    /// In bytes; no longer name matches. Linux has no longer paths (PATH_MAX).
    package static let nameLimit = 4096

    package init(parsing text: String) throws(GlobError) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.lengthLimit else { throw .tooLong }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { throw .control }
        guard !text.hasPrefix("!") else { throw .exclusion }
        description = text
        steps = try Self.steps(Array(text.unicodeScalars))
    }

    /// Whether the pattern means the whole of a name. Takes time in proportion to the name's length
    /// times the pattern's, whatever they are: all ways are followed at once.
    package func matches(_ name: some StringProtocol) -> Bool {
        guard name.utf8.count <= Self.nameLimit else { return false }
        let none = [Bool](repeating: false, count: steps.count + 1)
        var now = none
        now[0] = true
        follow(&now)
        for scalar in name.unicodeScalars {
            var next = none
            for (index, step) in steps.enumerated() where now[index] {
                switch step {
                case .scalar(let own) where own == scalar: next[index + 1] = true
                case .any where scalar != "/": next[index + 1] = true
                case .set(let ranges, let isNegated) where scalar != "/":
                    if ranges.contains(where: { $0.contains(scalar) }) != isNegated {
                        next[index + 1] = true
                    }
                case .star where scalar != "/": next[index] = true
                case .everything: next[index] = true
                default: break
                }
            }
            follow(&next)
            now = next
        }
        return now[steps.count]
    }

    /// Adds what is reached without reading anything; all such ways lead forward.
    private func follow(_ states: inout [Bool]) {
        for (index, step) in steps.enumerated() where states[index] {
            switch step {
            case .star, .everything: states[index + 1] = true
            case .optional:
                states[index + 1] = true
                states[index + 3] = true
            default: break
            }
        }
    }
}

// MARK: Reading

extension GlobPattern {
    private static func steps(_ scalars: [Unicode.Scalar]) throws(GlobError) -> [Step] {
        var steps: [Step] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "\\":
                guard index < scalars.count else { throw .danglingEscape }
                steps.append(.scalar(scalars[index]))
                index += 1
            case "?": steps.append(.any)
            case "[": steps.append(try set(scalars, &index))
            case "*":
                let begin = index - 1
                while index < scalars.count, scalars[index] == "*" { index += 1 }
                let isFirst = begin == 0 || scalars[begin - 1] == "/"
                if index - begin == 1 {
                    steps.append(.star)
                } else if isFirst, index < scalars.count, scalars[index] == "/" {
                    steps += [.optional, .everything, .scalar("/")]
                    index += 1
                } else {
                    steps.append(.everything)
                }
            default: steps.append(.scalar(scalar))
            }
        }
        return steps
    }

    /// What stands behind `[`, to the `]` that ends it; one that comes first is a member.
    private static func set(
        _ scalars: [Unicode.Scalar], _ index: inout Int
    ) throws(GlobError) -> Step {
        func member() throws(GlobError) -> Unicode.Scalar {
            if index < scalars.count, scalars[index] == "\\" { index += 1 }
            guard index < scalars.count else { throw .unclosedSet }
            defer { index += 1 }
            return scalars[index]
        }
        var isNegated = false
        if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
            isNegated = true
            index += 1
        }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while true {
            guard index < scalars.count else { throw .unclosedSet }
            if scalars[index] == "]", !ranges.isEmpty { break }
            let low = try member()
            var high = low
            if index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" {
                index += 1
                high = try member()
            }
            guard low <= high else { throw .descending("\(low)-\(high)") }
            ranges.append(low...high)
        }
        index += 1
        return .set(ranges, isNegated: isNegated)
    }
}

/// What is wrong with a pattern.
package enum GlobError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty, tooLong, control, exclusion, danglingEscape, unclosedSet
    case descending(String)

    package var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong: "it is longer than 1,024 bytes"
        case .control: "it holds a control character"
        case .exclusion: "patterns do not exclude; write '\\!' for a name that begins with '!'"
        case .danglingEscape: "it ends with '\\'; write '\\\\' for one"
        case .unclosedSet: "a '[' is never closed; write '\\[' for one"
        case .descending(let range): "the range '\(range)' goes backwards"
        }
    }
}
