-- needs: postgres 13
-- asks: which extensions are created, in which version: what other questions can be asked follows
select e.extname::text as name, n.nspname::text as schema, e.extversion as version
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
order by e.extname
