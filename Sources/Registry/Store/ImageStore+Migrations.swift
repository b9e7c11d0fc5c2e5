package import Storage

extension ImageStore {
    /// Append only: a migration that was released never changes.
    package static let migrations: [Migration] = [
        Migration(
            name: "images-1",
            statements: [
                """
                CREATE TABLE image_tags (
                    namespace_id INTEGER NOT NULL,
                    repository TEXT NOT NULL,
                    tag TEXT NOT NULL,
                    manifest TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    imported_at INTEGER NOT NULL,
                    PRIMARY KEY (namespace_id, repository, tag)
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE image_blobs (
                    namespace_id INTEGER NOT NULL,
                    manifest TEXT NOT NULL,
                    blob TEXT NOT NULL,
                    PRIMARY KEY (namespace_id, manifest, blob)
                ) WITHOUT ROWID
                """,
                "CREATE INDEX image_blobs_by_blob ON image_blobs (blob)",
            ]),
        Migration(
            name: "images-2",
            statements: [
                // Manifests that go when no run needs them any more.
                """
                CREATE TABLE image_removals (
                    namespace_id INTEGER NOT NULL,
                    manifest TEXT NOT NULL,
                    PRIMARY KEY (namespace_id, manifest)
                ) WITHOUT ROWID
                """
            ]),
        Migration(
            name: "images-3",
            statements: [
                // What the tag means where the image comes from: an index, or the manifest.
                "ALTER TABLE image_tags ADD COLUMN root TEXT NOT NULL DEFAULT ''",
                "UPDATE image_tags SET root = manifest",
                """
                CREATE TABLE image_indexes (
                    namespace_id INTEGER NOT NULL,
                    root TEXT NOT NULL,
                    platform TEXT NOT NULL,
                    manifest TEXT NOT NULL,
                    PRIMARY KEY (namespace_id, root, platform)
                ) WITHOUT ROWID
                """,
                "CREATE INDEX image_indexes_by_manifest ON image_indexes (manifest)",
            ]),
    ]
}
