-- A store as slipway left it when 'memos-1' was its newest migration.

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

CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES ('runs-1', 1795870000000000);
INSERT INTO migrations VALUES ('runs-2', 1795870000000000);
INSERT INTO migrations VALUES ('runs-3', 1795870000000000);
INSERT INTO migrations VALUES ('runs-4', 1795870000000000);
INSERT INTO migrations VALUES ('memos-1', 1795870000000000);

-- Run 7
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group, called_by)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 1, 7, 'fifth', 'fifth.yaml', 'root', 'succeeded', NULL, 1795871290965404, 1795871290967440, 1795871291121503, NULL, NULL);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 1, 1, 1795871290965404, CAST('{"run":{"actor":"root","definition":"sha256:dba3baebcfa0e1663b07901f15ff9e385d8f78b4d65375be73cc2434890fdcee","dirty":false,"file":"fifth.yaml","id":"01m8h4adjnfmpg7dz1xanaws4w","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{},"number":7,"path":"fifth.yaml","workflow":"fifth"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 2, 1, 1795871290967440, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 3, 1, 1795871290967440, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 4, 1, 1795871290967440, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 5, 1, 1795871290967440, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 6, 1, 1795871291119631, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 7, 1, 1795871291121503, CAST('{"attempt":1,"leg":0,"report":{"endedAt":1795871291121241,"exitCode":0,"memo":{"key":"sha256:1ff990e44b3acd495053630a4273939e647b05cf354389bdb7883ddbc9f49118"},"outputs":{"A":"b"},"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 8, 1, 1795871291121503, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 9, 1, 1795871291121503, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adjnfmpg7dz1xanaws4w', 10, 1, 1795871291121503, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));

-- Run 8
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group, called_by)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 1, 8, 'fifth', 'fifth.yaml', 'root', 'succeeded', NULL, 1795871291297363, 1795871291298525, 1795871291315389, NULL, NULL);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 1, 1, 1795871291297363, CAST('{"run":{"actor":"root","definition":"sha256:dba3baebcfa0e1663b07901f15ff9e385d8f78b4d65375be73cc2434890fdcee","dirty":false,"file":"fifth.yaml","id":"01m8h4adx1g1q2t7sk1jn957sj","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{},"number":8,"path":"fifth.yaml","workflow":"fifth"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 2, 1, 1795871291298525, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 3, 1, 1795871291298525, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 4, 1, 1795871291298525, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 5, 1, 1795871291298525, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 6, 1, 1795871291315389, CAST('{"attempt":1,"leg":0,"report":{"exitCode":0,"memo":{"from":"01m8h4adjnfmpg7dz1xanaws4w-0-1","key":"sha256:1ff990e44b3acd495053630a4273939e647b05cf354389bdb7883ddbc9f49118","run":7},"outputs":{"A":"b"},"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 7, 1, 1795871291315389, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 8, 1, 1795871291315389, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4adx1g1q2t7sk1jn957sj', 9, 1, 1795871291315389, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));
INSERT INTO memos (namespace_id, key, attempt, run, job, report, artifact_bytes, created_at)
VALUES (1, 'sha256:1ff990e44b3acd495053630a4273939e647b05cf354389bdb7883ddbc9f49118', '01m8h4adjnfmpg7dz1xanaws4w-0-1', 7, 'work.memo', CAST('{"endedAt":1795871291121241,"exitCode":0,"memo":{"key":"sha256:1ff990e44b3acd495053630a4273939e647b05cf354389bdb7883ddbc9f49118"},"outputs":{"A":"b"},"state":"succeeded"}' AS BLOB), 0, 1795871291121503);
