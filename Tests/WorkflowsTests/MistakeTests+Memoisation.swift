import Workflows

extension MistakeTests {
    /// `cache` (docs/decisions/0013).
    static let ofMemoisation: [Mistake] = [
        marked(.wrongType, inJob("cache: →maybe")),
        marked(.wrongType, inJob("cache: →[a]")),
        marked(.missingKey, inJob("→cache: {}")),
        marked(.unknownKey, inJob("cache: {→keys: [a]}")),
        marked(.empty, inJob("cache: {files: →[]}")),
        marked(.wrongType, inJob("cache: {files: →a}")),
        marked(.invalidPath, inJob("cache: {files: [→/etc]}")),
        marked(.invalidPath, inJob("cache: {files: [a, →../b]}")),
        marked(.invalidPath, inJob("cache: {files: [→.]}")),
        marked(.memoisation, inJob("→cache: true\nnetwork: bridge")),
        marked(
            .memoisation,
            file(
                "defaults: {network: bridge}\n"
                    + "stages: [{name: s, jobs: [{name: a, component: b, →cache: true}]}]\n")),
        marked(.memoisation, inJob("→cache: true\nworkspace: shared")),
        marked(.memoisation, inJob("cache: true\n→caches: [{key: k, paths: [c]}]")),
        marked(.memoisation, inJob("cache: true\n→services: {d: {component: b}}")),
        marked(
            .memoisation,
            inJob("cache: true\n→secret-files: {k: secrets.S}").secret()),
        marked(
            .memoisation, inJob("→cache: true\ninputs: {A: '${secrets.S}'}").secret()),
        marked(
            .memoisation,
            inJob("→cache: true").secret("env: {E: '${secrets.S}'}\n")),
        marked(
            .memoisation,
            inJob("→cache: true\ninputs: {A: '${env.E}'}").secret("env: {E: '${secrets.S}'}\n")),
        marked(
            .conflictingKeys,
            file("stages: [{name: s, jobs: [{name: a, service: d.e, →cache: true}]}]\n")),
    ]
}

extension String {
    /// The file with a secret that may be used; `more` stands before it.
    fileprivate func secret(_ more: String = "") -> String {
        let start = firstRange(of: "stages:")?.lowerBound ?? startIndex
        return self[..<start] + "secrets: [S]\n" + more + self[start...]
    }
}
