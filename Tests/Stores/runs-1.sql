-- A store as slipway left it when 'runs-1' was its newest migration.

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

CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES ('runs-1', 1795870000000000);

-- Run 1
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 1, 1, 'first', 'first.yaml', 'root', 'succeeded', NULL, 1795871287715558, 1795871287721094, 1795871288601621);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 1, 1, 1795871287715558, CAST('{"run":{"actor":"root","definition":"sha256:22cd561ec9b36665ec6e52c97a4142e967541afea2118980ac59130244df263b","dirty":false,"file":"first.yaml","id":"01m8h4aad34jwjgnbaezyajsmy","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{"T_DOCS":"no"},"number":1,"workflow":"first"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 2, 1, 1795871287721094, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 3, 1, 1795871287721094, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 4, 1, 1795871287721094, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 5, 1, 1795871287721094, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 6, 1, 1795871287931540, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 7, 1, 1795871287955351, CAST('{"attempt":1,"leg":0,"report":{"artifacts":{"binary":{"digest":"sha256:73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac","executable":false,"kind":"file","size":2}},"exitCode":0,"outputs":{"VERSION":"7"},"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 8, 1, 1795871287955351, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 9, 1, 1795871287955351, CAST('{"job":1,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 10, 1, 1795871287972883, CAST('{"job":1,"outcome":{"kind":"passed","value":false},"type":"condition-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 11, 1, 1795871287972883, CAST('{"job":1,"reason":"when: the condition is false","type":"job-skipped","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 12, 1, 1795871287972883, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 13, 1, 1795871287972883, CAST('{"stage":1,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 14, 1, 1795871287972883, CAST('{"job":2,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 15, 1, 1795871287972883, CAST('{"job":3,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 16, 1, 1795871287972883, CAST('{"attempt":1,"leg":2,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 17, 1, 1795871287972883, CAST('{"attempt":1,"leg":3,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 18, 1, 1795871287972883, CAST('{"attempt":1,"leg":4,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 19, 1, 1795871287978178, CAST('{"attempt":1,"leg":2,"outcome":{"kind":"passed","value":{"T_X":"1"}},"type":"before-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 20, 1, 1795871287978178, CAST('{"attempt":1,"leg":3,"outcome":{"kind":"passed","value":{"T_X":"1"}},"type":"before-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 21, 1, 1795871288254590, CAST('{"attempt":1,"leg":4,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 22, 1, 1795871288433710, CAST('{"attempt":1,"leg":2,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 23, 1, 1795871288433710, CAST('{"attempt":1,"leg":4,"report":{"exitCode":3,"reason":"exit code 3","state":"failed"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 24, 1, 1795871288433710, CAST('{"job":3,"reason":"exit code 3","state":"failed","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 25, 1, 1795871288433710, CAST('{"attempt":1,"leg":2,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 26, 1, 1795871288438515, CAST('{"attempt":1,"leg":3,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 27, 1, 1795871288487530, CAST('{"attempt":1,"leg":3,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 28, 1, 1795871288488626, CAST('{"attempt":1,"leg":2,"outcome":{"kind":"passed","value":{"SEEN":"yes"}},"type":"after-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 29, 1, 1795871288499030, CAST('{"attempt":1,"leg":3,"outcome":{"kind":"passed","value":{"SEEN":"yes"}},"type":"after-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 30, 1, 1795871288499030, CAST('{"job":2,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 31, 1, 1795871288499030, CAST('{"stage":1,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 32, 1, 1795871288499030, CAST('{"stage":2,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 33, 1, 1795871288499030, CAST('{"job":4,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 34, 1, 1795871288499030, CAST('{"attempt":1,"leg":5,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 35, 1, 1795871288596707, CAST('{"attempt":1,"leg":5,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 36, 1, 1795871288601621, CAST('{"attempt":1,"leg":5,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 37, 1, 1795871288601621, CAST('{"job":4,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 38, 1, 1795871288601621, CAST('{"stage":2,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 39, 1, 1795871288601621, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));
INSERT INTO run_artifacts (run_id, leg, name, namespace_id, job, kind, digest, size, is_executable)
VALUES ('01m8h4aad34jwjgnbaezyajsmy', 0, 'binary', 1, 'build.compile', 'file', 'sha256:73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac', 2, 0);

-- Run 10
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 1, 10, 'left', 'left.yaml', 'root', 'running', NULL, 1795871291774954, 1795871291783509, NULL);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 1, 1, 1795871291774954, CAST('{"run":{"actor":"root","definition":"sha256:033f4281acad092445b5ffb97b3b9a76ac0e0361a8d7dd4bd830d8067c293214","dirty":false,"file":"left.yaml","id":"01m8h4aeby08cvcdy8q3sxkhh0","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{},"number":10,"workflow":"left"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 2, 1, 1795871291783509, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 3, 1, 1795871291783509, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 4, 1, 1795871291783509, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 5, 1, 1795871291783509, CAST('{"job":1,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 6, 1, 1795871291783509, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 7, 1, 1795871291783509, CAST('{"attempt":1,"leg":1,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 8, 1, 1795871291919536, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 9, 1, 1795871291969234, CAST('{"attempt":1,"leg":1,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 10, 1, 1795871291971559, CAST('{"attempt":1,"leg":1,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4aeby08cvcdy8q3sxkhh0', 11, 1, 1795871291971559, CAST('{"job":1,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
