-- A store as slipway left it when 'runs-2' was its newest migration.

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

CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES ('runs-1', 1795870000000000);
INSERT INTO migrations VALUES ('runs-2', 1795870000000000);

-- Run 2
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 1, 2, 'second', 'second.yaml', 'root', 'failed', 'last.fails failed: exit code 4', 1795871288838959, 1795871288847636, 1795871289845497, 'g-one');
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 1, 1, 1795871288838959, CAST('{"run":{"actor":"root","definition":"sha256:d3a5f2617ecfdddfb5ed4050f9ac029764f5f6bbcb86cb58c389f9350018cef9","dirty":false,"file":"second.yaml","id":"01m8h4abg6q4ppxwtkjgybhz5k","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{"T_G":"one"},"number":2,"workflow":"second"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 2, 1, 1795871288847636, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 3, 1, 1795871288847636, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 4, 1, 1795871288847636, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 5, 1, 1795871288847636, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 6, 1, 1795871288991771, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 7, 1, 1795871289016124, CAST('{"attempt":1,"leg":0,"report":{"exitCode":0,"outputs":{"LIST":"[\"a\",\"b\"]"},"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 8, 1, 1795871289016124, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 9, 1, 1795871289016124, CAST('{"job":1,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 10, 1, 1795871289016124, CAST('{"attempt":1,"leg":1,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 11, 1, 1795871289185465, CAST('{"attempt":1,"leg":1,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 12, 1, 1795871289200729, CAST('{"attempt":1,"leg":1,"report":{"exitCode":1,"reason":"exit code 1","state":"failed"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 13, 1, 1795871289200729, CAST('{"attempt":1,"due":1795871289201729,"leg":1,"reason":"failed: exit code 1","type":"attempt-retried","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 14, 1, 1795871289202942, CAST('{"attempt":1,"leg":1,"type":"retry-due","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 15, 1, 1795871289202942, CAST('{"attempt":2,"leg":1,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 16, 1, 1795871289311627, CAST('{"attempt":2,"leg":1,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 17, 1, 1795871289314555, CAST('{"attempt":2,"leg":1,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 18, 1, 1795871289314555, CAST('{"job":1,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 19, 1, 1795871289314555, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 20, 1, 1795871289314555, CAST('{"stage":1,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 21, 1, 1795871289337915, CAST('{"outcome":{"kind":"passed","value":true},"stage":1,"type":"stage-condition-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 22, 1, 1795871289337915, CAST('{"job":2,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 23, 1, 1795871289351041, CAST('{"job":2,"matrix":{"values":[["a","b"]]},"type":"job-expanded","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 24, 1, 1795871289351041, CAST('{"attempt":1,"leg":3,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 25, 1, 1795871289351041, CAST('{"attempt":1,"leg":4,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 26, 1, 1795871289504545, CAST('{"attempt":1,"leg":3,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 27, 1, 1795871289520583, CAST('{"attempt":1,"leg":3,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 28, 1, 1795871289570925, CAST('{"attempt":1,"leg":4,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 29, 1, 1795871289570925, CAST('{"attempt":1,"leg":4,"report":{"exitCode":0,"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 30, 1, 1795871289570925, CAST('{"job":2,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 31, 1, 1795871289602687, CAST('{"outcome":{"kind":"passed","log":["many is over"],"value":{}},"stage":1,"type":"stage-hook-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 32, 1, 1795871289602687, CAST('{"stage":1,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 33, 1, 1795871289602687, CAST('{"stage":2,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 34, 1, 1795871289658083, CAST('{"decision":{"actor":"root","approved":true,"comment":"","digests":{}},"stage":2,"type":"decided","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 35, 1, 1795871289658083, CAST('{"reason":"approved by root","stage":2,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 36, 1, 1795871289658083, CAST('{"stage":3,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 37, 1, 1795871289658083, CAST('{"job":3,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 38, 1, 1795871289711528, CAST('{"attempt":1,"leg":2,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 39, 1, 1795871289839703, CAST('{"attempt":1,"leg":2,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 40, 1, 1795871289845497, CAST('{"attempt":1,"leg":2,"report":{"exitCode":4,"reason":"exit code 4","state":"failed"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 41, 1, 1795871289845497, CAST('{"job":3,"reason":"exit code 4","state":"failed","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 42, 1, 1795871289845497, CAST('{"reason":"last.fails failed: exit code 4","stage":3,"state":"failed","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4abg6q4ppxwtkjgybhz5k', 43, 1, 1795871289845497, CAST('{"reason":"last.fails failed: exit code 4","state":"failed","type":"run-ended","v":1}' AS BLOB));

-- Run 3
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 1, 3, 'second', 'second.yaml', 'root', 'paused', NULL, 1795871289983076, 1795871289984399, NULL, 'g-one');
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 1, 1, 1795871289983076, CAST('{"run":{"actor":"root","definition":"sha256:d3a5f2617ecfdddfb5ed4050f9ac029764f5f6bbcb86cb58c389f9350018cef9","dirty":false,"file":"second.yaml","id":"01m8h4ackyd94vs5wr9x7xfwnp","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{"T_G":"one"},"number":3,"rerunOf":"01m8h4abg6q4ppxwtkjgybhz5k","workflow":"second"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 2, 1, 1795871289983076, CAST('{"job":0,"reused":{"legs":[{"exitCode":0,"outputs":{"LIST":"[\"a\",\"b\"]"},"state":"succeeded"}],"run":"01m8h4abg6q4ppxwtkjgybhz5k"},"type":"job-reused","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 3, 1, 1795871289983076, CAST('{"job":1,"reused":{"legs":[{"exitCode":0,"state":"succeeded"}],"run":"01m8h4abg6q4ppxwtkjgybhz5k"},"type":"job-reused","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 4, 1, 1795871289983076, CAST('{"job":2,"reused":{"legs":[{"exitCode":0,"state":"succeeded"},{"exitCode":0,"state":"succeeded"}],"matrix":{"values":[["a","b"]]},"run":"01m8h4abg6q4ppxwtkjgybhz5k"},"type":"job-reused","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 5, 1, 1795871289984399, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 6, 1, 1795871289984399, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 7, 1, 1795871289984399, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 8, 1, 1795871289984399, CAST('{"job":0,"reason":"reused from run 01m8h4abg6q4ppxwtkjgybhz5k","state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 9, 1, 1795871289984399, CAST('{"job":1,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 10, 1, 1795871289984399, CAST('{"job":1,"reason":"reused from run 01m8h4abg6q4ppxwtkjgybhz5k","state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 11, 1, 1795871289984399, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 12, 1, 1795871289984399, CAST('{"stage":1,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 13, 1, 1795871289998119, CAST('{"outcome":{"kind":"passed","value":true},"stage":1,"type":"stage-condition-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 14, 1, 1795871289998119, CAST('{"job":2,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 15, 1, 1795871289998119, CAST('{"job":2,"reason":"reused from run 01m8h4abg6q4ppxwtkjgybhz5k","state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 16, 1, 1795871290007323, CAST('{"outcome":{"kind":"passed","log":["many is over"],"value":{}},"stage":1,"type":"stage-hook-evaluated","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 17, 1, 1795871290007323, CAST('{"stage":1,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4ackyd94vs5wr9x7xfwnp', 18, 1, 1795871290007323, CAST('{"stage":2,"type":"stage-started","v":1}' AS BLOB));
