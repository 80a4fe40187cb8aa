-- What workers say of themselves, for people to read: the sandbox they found.
-- Deployment-wide facts without anything of an account.
CREATE TABLE moltis.reports (
	name text PRIMARY KEY,
	value jsonb NOT NULL,
	reported_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION moltis.report_put(p_name text, p_value jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	INSERT INTO moltis.reports (name, value) VALUES (p_name, p_value)
	ON CONFLICT (name) DO UPDATE SET value = excluded.value,
		reported_at = now()
$$;
REVOKE ALL ON FUNCTION moltis.report_put(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moltis.report_put(text, jsonb) TO moltis_worker;

-- NULL when nobody said anything lately: a worker reports every 30 seconds.
CREATE FUNCTION moltis.report_get(p_name text)
RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT value FROM moltis.reports
	WHERE name = p_name AND reported_at > now() - interval '90 seconds'
$$;
