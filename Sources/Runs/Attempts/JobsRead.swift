/// Which jobs a hook can look at.
///
/// Every hook could be handed the outputs of all jobs upstream of it; for 20,000 jobs with a `when`
/// that is the square of them. Most hooks name the jobs that they read.
enum JobsRead {
    /// Tables by which a text can reach `jobs` without naming it.
    private static let globals: Set<String> = ["_G", "_ENV"]

    /// Keys of the jobs that a text reads, each written out as in `jobs["build.compile"].VERSION`;
    /// nil for a text that may read any, as one that walks through `jobs` does.
    static func keys(in source: String) -> Set<String>? {
        let bytes = Array(source.utf8)
        for token in LuaTokens.tokens(of: bytes) {
            if case .name(let name) = token.kind, globals.contains(name) { return nil }
        }
        var keys: Set<String> = []
        for access in LuaAccess.all(in: bytes, roots: ["jobs"]) {
            guard let key = access.keys.first else { return nil }
            keys.insert(key)
        }
        return keys
    }
}
