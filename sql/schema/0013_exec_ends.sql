-- A turn that ends also ends its commands that were started and of which
-- nobody came to say how they ended: the worker died, the turn was stopped.

CREATE FUNCTION moltis.exec_end_of_turn()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
	r moltis.exec_requests;
BEGIN
	FOR r IN UPDATE moltis.exec_requests e SET state = 'finished',
		finished_at = now(), result = jsonb_build_object('error',
			CASE new.state WHEN 'aborted' THEN 'the command was stopped'
			ELSE 'interrupted, outcome unknown: the command may have run'
			END)
		WHERE e.account_id = new.account_id AND e.turn_id = new.id
			AND e.state = 'started'
		RETURNING * LOOP
		CONTINUE WHEN moltis.ctx_account() IS NULL;
		PERFORM moltis.exec_note(r, 'exec.finished', 'turn', '',
			'{"interrupted": true}');
	END LOOP;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION moltis.exec_end_of_turn() FROM PUBLIC;
-- Only a worker ends a turn that runs; a turn in the queue has no command.
CREATE TRIGGER exec_end AFTER UPDATE OF state ON moltis.turns
	FOR EACH ROW WHEN (old.state = 'running'
		AND new.state IN ('done', 'failed', 'aborted'))
	EXECUTE FUNCTION moltis.exec_end_of_turn();
-- Those of before.
UPDATE moltis.exec_requests e SET state = 'finished', finished_at = now(),
	result = '{"error": "interrupted, outcome unknown"}'
FROM moltis.turns t
WHERE e.state = 'started' AND t.account_id = e.account_id
	AND t.id = e.turn_id AND t.state IN ('done', 'failed', 'aborted');
