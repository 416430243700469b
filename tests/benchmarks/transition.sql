-- One transition as a node writes it, alone in its commit: what `pgbench` sends, again and again.
\set n random(1, :releases)
BEGIN;
SELECT revision FROM releases WHERE id = (SELECT id FROM numbered WHERE n = :n) FOR UPDATE;
UPDATE releases SET revision = revision + 1, updated_at = updated_at + 1
WHERE id = (SELECT id FROM numbered WHERE n = :n);
UPDATE cron_jobs SET due_at = due_at WHERE release_id = (SELECT id FROM numbered WHERE n = :n);
UPDATE release_tasks SET due_at = due_at WHERE release_id = (SELECT id FROM numbered WHERE n = :n);
SELECT pg_advisory_xact_lock(5793988068860784487);
SELECT coalesce(max(position), 0) + 2 AS position FROM release_events \gset
INSERT INTO release_events (position, release_id, revision, type, occurred_at, actor, data, snapshot)
SELECT :position - each, id, 0, 'PHASE_CHANGED', 0, repeat('a', 40), repeat('d', 100), repeat('s', 600)
FROM numbered, generate_series(0, 1) AS each WHERE n = :n;
COMMIT;
