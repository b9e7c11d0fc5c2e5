-- A store as slipway left it when 'runs-3' was its newest migration.

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

CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES ('runs-1', 1795870000000000);
INSERT INTO migrations VALUES ('runs-2', 1795870000000000);
INSERT INTO migrations VALUES ('runs-3', 1795870000000000);

-- Run 4
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group, called_by)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 1, 4, 'third', 'third.yaml', 'root', 'succeeded', NULL, 1795871290119473, 1795871290127494, 1795871290350196, NULL, NULL);
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 1, 1, 1795871290119473, CAST('{"run":{"actor":"root","definition":"sha256:51860b8e36af13f0a02f30aefbb22149a6dbc045f92a875025663a932718855a","dirty":false,"file":"third.yaml","files":{"called.yaml":"sha256:a5e404a72bb28f4b9579cfbef21c16fbae4762f9e28937189b4973d2bfdc0bc4"},"id":"01m8h4acr7rvjwh079ysdj7ta9","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{},"number":4,"path":"third.yaml","workflow":"third"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 2, 1, 1795871290127494, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 3, 1, 1795871290127494, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 4, 1, 1795871290127494, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 5, 1, 1795871290127494, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 6, 1, 1795871290143483, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 7, 1, 1795871290350196, CAST('{"attempt":1,"leg":0,"report":{"endedAt":1795871290347857,"outputs":{"B":"5"},"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 8, 1, 1795871290350196, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 9, 1, 1795871290350196, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acr7rvjwh079ysdj7ta9', 10, 1, 1795871290350196, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));

-- Run 5
INSERT INTO runs (id, namespace_id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at, concurrency_group, called_by)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 1, 5, 'called', 'called.yaml', 'root', 'succeeded', NULL, 1795871290135329, 1795871290143439, 1795871290347857, NULL, '01m8h4acr7rvjwh079ysdj7ta9-0-1');
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 1, 1, 1795871290135329, CAST('{"run":{"actor":"root","calledBy":"01m8h4acr7rvjwh079ysdj7ta9-0-1","definition":"sha256:a5e404a72bb28f4b9579cfbef21c16fbae4762f9e28937189b4973d2bfdc0bc4","dirty":false,"file":"called.yaml","files":{"called.yaml":"sha256:a5e404a72bb28f4b9579cfbef21c16fbae4762f9e28937189b4973d2bfdc0bc4"},"id":"01m8h4acrq55k36eajn2hbsc8d","images":{"library/busybox":"sha256:a1fe328d37a8cb05d18a173e995b066b5f0a71ceedeb6622e3fe4d80e46c7971"},"inputs":{"T_A":"5"},"number":5,"path":"called.yaml","workflow":"called"},"type":"created","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 2, 1, 1795871290143439, CAST('{"type":"started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 3, 1, 1795871290143439, CAST('{"stage":0,"type":"stage-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 4, 1, 1795871290143439, CAST('{"job":0,"type":"job-ready","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 5, 1, 1795871290143439, CAST('{"attempt":1,"leg":0,"type":"attempt-starting","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 6, 1, 1795871290336209, CAST('{"attempt":1,"leg":0,"type":"attempt-started","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 7, 1, 1795871290347857, CAST('{"attempt":1,"leg":0,"report":{"endedAt":1795871290347537,"exitCode":0,"outputs":{"B":"5"},"state":"succeeded"},"type":"attempt-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 8, 1, 1795871290347857, CAST('{"job":0,"state":"succeeded","type":"job-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 9, 1, 1795871290347857, CAST('{"stage":0,"state":"succeeded","type":"stage-ended","v":1}' AS BLOB));
INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
VALUES ('01m8h4acrq55k36eajn2hbsc8d', 10, 1, 1795871290347857, CAST('{"state":"succeeded","type":"run-ended","v":1}' AS BLOB));
