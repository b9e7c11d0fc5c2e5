package import Storage

extension RunStore {
    /// Append only: a migration that was released never changes.
    package static let migrations: [Migration] = [
        Migration(
            name: "runs-1",
            statements: [
                """
                CREATE TABLE runs (
                    id TEXT PRIMARY KEY,
                    namespace_id INTEGER NOT NULL,
                    number INTEGER NOT NULL,
                    workflow TEXT NOT NULL,
                    file TEXT NOT NULL,
                    actor TEXT NOT NULL,
                    state TEXT NOT NULL,
                    reason TEXT,
                    created_at INTEGER NOT NULL,
                    started_at INTEGER,
                    ended_at INTEGER,
                    UNIQUE (namespace_id, number)
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE run_events (
                    run_id TEXT NOT NULL,
                    sequence INTEGER NOT NULL,
                    namespace_id INTEGER NOT NULL,
                    recorded_at INTEGER NOT NULL,
                    body BLOB NOT NULL,
                    PRIMARY KEY (run_id, sequence)
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE run_artifacts (
                    run_id TEXT NOT NULL,
                    leg INTEGER NOT NULL,
                    name TEXT NOT NULL,
                    namespace_id INTEGER NOT NULL,
                    job TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    digest TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    is_executable INTEGER NOT NULL,
                    PRIMARY KEY (run_id, leg, name)
                ) WITHOUT ROWID
                """,
                "CREATE INDEX run_artifacts_by_digest ON run_artifacts (namespace_id, digest)",
            ]),
        Migration(
            name: "runs-2",
            statements: [
                "ALTER TABLE runs ADD COLUMN concurrency_group TEXT",
                """
                CREATE INDEX runs_by_group ON runs
                (namespace_id, workflow, concurrency_group, number)
                WHERE concurrency_group IS NOT NULL
                """,
            ]),
        Migration(
            name: "runs-3",
            statements: [
                "ALTER TABLE runs ADD COLUMN called_by TEXT",
                """
                CREATE UNIQUE INDEX runs_by_caller ON runs (called_by)
                WHERE called_by IS NOT NULL
                """,
            ]),
        Migration(
            name: "runs-4",
            statements: [
                """
                CREATE TABLE caches (
                    namespace_id INTEGER NOT NULL,
                    scope TEXT NOT NULL,
                    workflow TEXT NOT NULL,
                    key TEXT NOT NULL,
                    paths TEXT NOT NULL,
                    digest TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    saved_at INTEGER NOT NULL,
                    used_at INTEGER NOT NULL,
                    run_id TEXT NOT NULL,
                    PRIMARY KEY (namespace_id, scope, workflow, key, paths)
                ) WITHOUT ROWID
                """
            ]),
        memoMigration,
        Migration(
            name: "reports-1",
            statements: [
                """
                CREATE TABLE run_reports (
                    run_id TEXT NOT NULL,
                    digest TEXT NOT NULL,
                    namespace_id INTEGER NOT NULL,
                    PRIMARY KEY (digest, run_id)
                ) WITHOUT ROWID
                """
            ]),
        retentionMigration,
    ]
}
