-- needs: postgres 13
-- asks: the true size now of the relations $1, in blocks; relpages is as old as the last VACUUM or ANALYZE
select r.oid, (pg_relation_size(r.oid) / current_setting('block_size')::bigint)::bigint as blocks
from unnest($1::oid[]) as r (oid)
