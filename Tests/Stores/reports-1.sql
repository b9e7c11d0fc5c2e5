-- A store as slipway left it when 'reports-1' was its newest migration.

-- runs-1
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
) WITHOUT ROWID;
CREATE TABLE run_events (
    run_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    namespace_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run_id, sequence)
) WITHOUT ROWID;
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
) WITHOUT ROWID;
CREATE INDEX run_artifacts_by_digest ON run_artifacts (namespace_id, digest);

-- runs-2
ALTER TABLE runs ADD COLUMN concurrency_group TEXT;
CREATE INDEX runs_by_group ON runs
(namespace_id, workflow, concurrency_group, number)
WHERE concurrency_group IS NOT NULL;

-- runs-3
ALTER TABLE runs ADD COLUMN called_by TEXT;
CREATE UNIQUE INDEX runs_by_caller ON runs (called_by)
WHERE called_by IS NOT NULL;

-- runs-4
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
) WITHOUT ROWID;

-- memos-1
CREATE TABLE memos (
    namespace_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    attempt TEXT NOT NULL,
    run INTEGER NOT NULL,
    job TEXT NOT NULL,
    report BLOB NOT NULL,
    artifact_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (namespace_id, key)
) WITHOUT ROWID;

-- reports-1
CREATE TABLE run_reports (
    run_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    namespace_id INTEGER NOT NULL,
    PRIMARY KEY (digest, run_id)
) WITHOUT ROWID;

CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES ('runs-1', 1795870000000000);
INSERT INTO migrations VALUES ('runs-2', 1795870000000000);
INSERT INTO migrations VALUES ('runs-3', 1795870000000000);
INSERT INTO migrations VALUES ('runs-4', 1795870000000000);
INSERT INTO migrations VALUES ('memos-1', 1795870000000000);
INSERT INTO migrations VALUES ('reports-1', 1795870000000000);

-- Run 9
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group, called_by)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 1, 9, 'sixth', 'sixth.yaml', 'root', 'succeeded', NULL, 1795871291422992, 1795871291431831, 1795871291601269, NULL, NULL);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 1, 1, 1795871291422992, CAST('{"run":{"actor":"root","definition":"sha256:7f6caab08aa4d2509c732c803964712789f15c19ff29fc8984e9757c3c45c027","dirty":false,"file":"sixth.yaml","id":"01m8h4ae0ykkg6sx94ykwaqca4","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{},"number":9,"path":"sixth.yaml","workflow":"sixth"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 2, 1, 1795871291431831, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 3, 1, 1795871291431831, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 4, 1, 1795871291431831, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 5, 1, 1795871291431831, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 6, 1, 1795871291599097, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 7, 1, 1795871291601269, CAST('{"attempt":1,"leg":0,"report":{"endedAt":1795871291599247,"exitCode":0,"reports":[{"digest":"sha256:912b6392c471a91a3d7f03e35f7873dd281ca16d45aad435b8255294c9f5d7c3","kind":"junit","path":"r.xml","size":108,"tests":{"errors":0,"failed":1,"failures":[{"message":"no","name":"u"}],"milliseconds":100,"passed":1,"skipped":0}}],"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 8, 1, 1795871291601269, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 9, 1, 1795871291601269, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 10, 1, 1795871291601269, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));
INSERT INTO run_reports (run_id, digest, namespace_id)
VALUES ('01m8h4ae0ykkg6sx94ykwaqca4', 'sha256:912b6392c471a91a3d7f03e35f7873dd281ca16d45aad435b8255294c9f5d7c3', 1);
