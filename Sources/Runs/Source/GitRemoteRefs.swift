import Domain
import Workflows

/// What a repository elsewhere has, as `git ls-remote` lists it: `ID<tab>REF` lines.
struct GitRemoteRefs {
    /// Full names: `HEAD`, `refs/heads/main`, `refs/tags/v1`.
    private let names: [String]

    init(_ bytes: [UInt8]) {
        names = bytes.split(separator: 0x0a).compactMap { line in
            guard let tab = line.firstIndex(of: 0x09) else { return nil }
            let name = String(decoding: line[(tab + 1)...], as: UTF8.self)
            // What a tag leads to stands once more.
            return name.hasSuffix("^{}") ? nil : name
        }
    }

    /// What to fetch for a ref as a workflow names it; nil means HEAD.
    enum Meaning: Hashable {
        case ref(String)
        case commit(String)
        /// Why it means nothing.
        case nothing(String)
    }

    func meaning(of ref: String?) -> Meaning {
        let known = Set(names)
        guard let ref else {
            return known.contains("HEAD")
                ? .ref("HEAD") : .nothing("the repository has no commit that HEAD names")
        }
        if known.contains(ref), ref == "HEAD" || ref.hasPrefix("refs/") { return .ref(ref) }
        let branch = "refs/heads/\(ref)"
        let tag = "refs/tags/\(ref)"
        switch (known.contains(branch), known.contains(tag)) {
        case (true, true):
            return .nothing(
                "'\(ref)' is a branch and a tag; write '\(branch)' or '\(tag)'")
        case (true, false): return .ref(branch)
        case (false, true): return .ref(tag)
        case (false, false): break
        }
        let isHexadecimal = ref.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
        if isHexadecimal, [40, 64].contains(ref.utf8.count) { return .commit(ref) }
        if isHexadecimal, ref.utf8.count >= 7 {
            return .nothing("there is no branch and no tag '\(ref)'; write a commit in full")
        }
        let short = names.lazy.compactMap(Self.short).prefix(2000)
        let hint =
            Suggestion.hint(for: ref, among: short)
            ?? (names.isEmpty
                ? "the repository is empty"
                : "it has " + short.prefix(10).joined(separator: ", "))
        return .nothing("there is no branch and no tag \(Quotation(ref)); \(hint)")
    }

    private static func short(_ name: String) -> String? {
        for head in ["refs/heads/", "refs/tags/"] where name.hasPrefix(head) {
            return String(name.dropFirst(head.utf8.count))
        }
        return nil
    }
}
