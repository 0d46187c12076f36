-- needs: pg_stat_statements 1.9
-- asks: since when statements are counted, and how many were thrown out for lack of room
select extract(epoch from now() - i.stats_reset)::float8 as statements_seconds, i.dealloc::bigint as evicted
from {schema}.pg_stat_statements_info i
