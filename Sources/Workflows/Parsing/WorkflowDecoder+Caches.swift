import Domain

extension WorkflowDecoder {
    /// `caches: [{key: TEXT, paths: [PATH]}]`.
    mutating func caches(
        _ fields: Fields, _ workspace: Workspace, site: ReferenceUse.Site
    ) -> [CacheDeclaration] {
        guard let node = fields.value("caches"), let items = items(of: node, "caches")
        else { return [] }
        if workspace == .shared {
            report(
                .conflictingKeys, fields.key("caches") ?? node,
                "a folder that jobs share has no caches of one job",
                hint: "give the job 'workspace: private', or leave 'caches' out")
        }
        guard items.count <= CacheDeclaration.countLimit else {
            report(
                .limit, node,
                "there are \(items.count) caches; expected at most \(CacheDeclaration.countLimit)")
            return []
        }
        var caches: [CacheDeclaration] = []
        var paths: [String] = []
        for item in items {
            guard let members = self.fields(of: item, .cache) else { continue }
            let key = cacheKey(members, site: site)
            let own = cachePaths(members, besides: &paths)
            if let key { caches.append(CacheDeclaration(key: key, paths: own)) }
        }
        return caches
    }

    private mutating func cacheKey(_ fields: Fields, site: ReferenceUse.Site) -> Template? {
        guard let node = fields.value("key") else {
            report(.missingKey, fields.start, "'key' is missing", hint: "such as 'key: objects'")
            return nil
        }
        guard let text = text(node, "key") else { return nil }
        if text.isEmpty { report(.empty, node, "the key is empty") }
        do {
            let template = try Template(parsing: text)
            for case .reference(.secret, _) in template.segments {
                report(
                    .badReference, node, "a secret cannot be a part of a key: it stands in events")
            }
            note(template, of: "key", at: node, site: site, needs: .cacheKey)
            return template
        } catch {
            report(.badReference, node, error.description)
            return nil
        }
    }

    /// `all` are those of the job's other caches: a path in two of them would be kept by both.
    private mutating func cachePaths(
        _ fields: Fields, besides all: inout [String]
    ) -> [String] {
        guard let node = fields.value("paths") else {
            report(
                .missingKey, fields.start, "'paths' is missing", hint: "such as 'paths: [.cache]'")
            return []
        }
        guard let items = items(of: node, "paths") else { return [] }
        if items.isEmpty { report(.empty, node, "the cache has no paths") }
        guard items.count <= CacheDeclaration.pathLimit else {
            report(
                .limit, node,
                "there are \(items.count) paths; expected at most \(CacheDeclaration.pathLimit)")
            return []
        }
        var paths: [String] = []
        for item in items {
            guard let text = text(item, "a path") else { continue }
            warnOfReferences(item, "a path")
            if let why = Self.problem(ofPath: text) {
                report(.invalidPath, item, "the path is '\(text.prefix(80))': \(why)")
                continue
            }
            let path = Self.shortest(text)
            if path.isEmpty {
                report(
                    .invalidPath, item,
                    "the path is '\(text.prefix(80))': it is the working folder itself, with the "
                        + "source in it", hint: "name a folder in it")
                continue
            }
            if let other = all.first(where: {
                PathText.rest(of: $0, below: path) != nil
                    || PathText.rest(of: path, below: $0) != nil
            }) {
                report(
                    .conflictingKeys, item,
                    "'\(path.prefix(80))' and '\(other.prefix(80))' lie in each other")
                continue
            }
            all.append(path)
            paths.append(path)
        }
        return paths
    }

    /// Relative to the working folder, without `.` and doubled slashes.
    private static func shortest(_ path: String) -> String {
        var parts = PathText.parts(of: path).filter { $0 != "." }
        if PathText.isAbsolute(path) { parts.removeFirst(2) }
        return parts.joined(separator: "/")
    }
}
