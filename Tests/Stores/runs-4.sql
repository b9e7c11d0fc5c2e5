-- A store as slipway left it when 'runs-4' was its newest migration.

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

CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES ('runs-1', 1795870000000000);
INSERT INTO migrations VALUES ('runs-2', 1795870000000000);
INSERT INTO migrations VALUES ('runs-3', 1795870000000000);
INSERT INTO migrations VALUES ('runs-4', 1795870000000000);

-- Run 6
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group, called_by)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 1, 6, 'fourth', 'fourth.yaml', 'root', 'succeeded', NULL, 1795871290578931, 1795871290583260, 1795871290744073, NULL, NULL);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 1, 1, 1795871290578931, CAST('{"run":{"actor":"root","definition":"sha256:814266a634d980cec7f414ef4590769b23ef7e4fd252850d47be080694aa48c8","dirty":false,"file":"fourth.yaml","id":"01m8h4ad6jfjfyjhjy3cvcb6qw","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{},"number":6,"path":"fourth.yaml","workflow":"fourth"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 2, 1, 1795871290583260, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 3, 1, 1795871290583260, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 4, 1, 1795871290583260, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 5, 1, 1795871290583260, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 6, 1, 1795871290723982, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 7, 1, 1795871290744073, CAST('{"attempt":1,"leg":0,"report":{"caches":[{"key":"k","saved":{"digest":"sha256:552ee29450ccdbbe80d288e7a538a945da67fe8609390ae99db8acebef723834","executable":false,"kind":"folder","size":2560}}],"endedAt":1795871290724207,"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 8, 1, 1795871290744073, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 9, 1, 1795871290744073, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ad6jfjfyjhjy3cvcb6qw', 10, 1, 1795871290744073, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));
INSERT INTO caches (namespace_id, scope, workflow, key, paths, digest, size, saved_at, used_at, run_id)
VALUES (1, 'trusted', 'fourth', 'k', '[".c"]', 'sha256:552ee29450ccdbbe80d288e7a538a945da67fe8609390ae99db8acebef723834', 2560, 1795871290743351, 1795871290743351, '01m8h4ad6jfjfyjhjy3cvcb6qw');
