-- A schema that tries to run programs on whoever restores, seeds, indexes or plans it. Every way ends in try(), which
-- writes a file that the test looks for, and says by a raised exception whose rights it had.
CREATE FUNCTION try(way text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', way, 'cat > MARKS/' || way);
EXCEPTION WHEN insufficient_privilege OR read_only_sql_transaction THEN NULL;
END $$;
CREATE FUNCTION reset_role_and_try() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  BEGIN EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'SET ROLE postgres'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'SET TRANSACTION READ WRITE'; EXCEPTION WHEN OTHERS THEN NULL; END;
  PERFORM public.try('reset_role');
  RETURN 1;
END $$;
CREATE FUNCTION in_index(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''index''); RETURN $1; END';
CREATE FUNCTION in_predicate(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''predicate''); RETURN true; END';
CREATE FUNCTION in_check(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''check''); RETURN true; END';
CREATE FUNCTION in_domain(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''domain''); RETURN true; END';
CREATE FUNCTION in_definer() RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS 'BEGIN PERFORM public.try(''definer''); RETURN 1; END';
CREATE FUNCTION in_stable() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN PERFORM public.try(''stable''); RETURN 1; END';
CREATE FUNCTION in_view() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''view''); RETURN 1; END';
CREATE FUNCTION to_regclass(text) RETURNS regclass LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''shadowed''); RETURN NULL; END';
CREATE FUNCTION stubborn() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  LOOP
    BEGIN PERFORM count(*) FROM generate_series(1, 100000000); EXCEPTION WHEN query_canceled THEN NULL; END;
  END LOOP;
END $$;
CREATE FUNCTION in_default() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''default''); RETURN 5; END';
CREATE FUNCTION in_policy(int) RETURNS boolean LANGUAGE plpgsql STABLE LEAKPROOF AS 'BEGIN PERFORM public.try(''policy''); RETURN $1 > 0; END';
CREATE FUNCTION in_statistics(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''statistics''); RETURN $1; END';
CREATE FUNCTION in_cast(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''cast''); RETURN ''x''; END';
CREATE FUNCTION in_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.try(''event''); END';
CREATE EVENT TRIGGER evil ON ddl_command_end EXECUTE FUNCTION in_event();
CREATE FUNCTION glutton() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE all_of_it text[] := '{}';
BEGIN
  FOR i IN 1..1000000 LOOP all_of_it := all_of_it || repeat(md5(i::text), 2000000); END LOOP;
  RETURN 1;
END $$;
CREATE DOMAIN trap AS int CHECK (in_domain(VALUE));
CREATE TYPE pair AS (a trap, b int);
CREATE TYPE traprange AS RANGE (subtype = trap);
CREATE TABLE t (id int PRIMARY KEY, c int CHECK (in_check(c)), d trap, p pair, many trap[], r traprange, pairs pair[]);
CREATE INDEX t_index ON t (in_index(c));
CREATE INDEX t_d ON t (d);
CREATE INDEX t_predicate ON t (id) WHERE in_predicate(1);
CREATE TABLE guarded (id int PRIMARY KEY, c int DEFAULT in_default());
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY evil ON guarded USING (in_policy(1) AND id = in_definer());
INSERT INTO guarded SELECT i, i % 5 FROM generate_series(1, 100) i;
CREATE STATISTICS evil ON (in_statistics(c)), id FROM guarded;
CREATE TYPE wrapped AS (a int);
CREATE FUNCTION unwrap(wrapped) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.try(''cast''); RETURN 1; END';
CREATE CAST (wrapped AS int) WITH FUNCTION unwrap(wrapped) AS IMPLICIT;
ANALYZE guarded;
CREATE VIEW v AS SELECT * FROM t WHERE id = in_view();
CREATE RULE r AS ON INSERT TO t WHERE NEW.id = in_definer() DO ALSO NOTHING;
INSERT INTO t SELECT i, i, i, ('(' || i || ',1)')::pair, ARRAY[i], traprange(i, i + 1), ARRAY[('(' || i || ',1)')::pair] FROM generate_series(1, 12) i;
ANALYZE t;
