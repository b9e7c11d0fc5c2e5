import Domain
import Glibc
import OCI
import Storage
import Workflows

extension OCIExecutor {
    /// What became of an attempt's caches. With `isWanted` what they hold now is kept, where it is
    /// something else than before; that it cannot be kept fails no job. Blocks.
    func keepCaches(of container: Container, isWanted: Bool) -> [CacheUse] {
        container.caches.map { cache in
            do {
                let saved = isWanted ? try keep(cache, container) : nil
                return CacheUse(key: cache.key, restored: cache.content, saved: saved)
            } catch {
                return CacheUse(key: cache.key, restored: cache.content, problem: "\(error)")
            }
        }
    }

    private func keep(_ cache: CacheRequest, _ container: Container) throws -> ArtifactRecord? {
        if cache.content != nil, try !hasChanged(cache, container.folder) { return nil }
        let folder = try Files.open(container.folder.workPath, O_RDONLY | O_DIRECTORY)
        let record = try caches.keep(cache.paths, of: folder, stop: container.stop)
        return record == cache.content ? nil : record
    }

    /// What a job writes goes to the upper folder: a path that is not there is as it was.
    private func hasChanged(_ cache: CacheRequest, _ folder: AttemptFolder) throws -> Bool {
        let upper = try Files.open(folder.workUpperPath, O_RDONLY | O_DIRECTORY)
        return cache.paths.contains { path in
            do { return try upper.holds(RawPath(path)) } catch {
                // Something else stands in the way, so something was changed.
                return true
            }
        }
    }
}

/// Which content the caches of an attempt began with, for a process that adopts it.
extension [CacheRequest] {
    func write(to folder: AttemptFolder) throws {
        guard !isEmpty else { return }
        let list = map { $0.content?.json ?? .null }
        try Files.writeFile(folder.cachesPath, JSONValue.array(list).canonicalBytes)
    }

    func restored(in folder: AttemptFolder) throws -> [CacheRequest] {
        guard !isEmpty, Files.exists(folder.cachesPath) else { return self }
        let text = try Files.readFile(folder.cachesPath, limit: 1 << 20)
        let list = try JSONParser.parse(text).arrayValue ?? []
        return zip(self, list).map { request, json in
            CacheRequest(
                key: request.key, paths: request.paths, content: ArtifactRecord(json: json))
        }
    }
}

extension ArtifactRecord {
    fileprivate init?(json: JSONValue) {
        guard let text = json["digest"]?.stringValue, let size = json["size"]?.integerValue else {
            return nil
        }
        do {
            self.init(
                kind: .folder, digest: try OCI.Digest(parsing: text), size: size,
                isExecutable: false)
        } catch {
            return nil
        }
    }
}
