-- needs: postgres 13
-- asks: what ANALYZE knows of columns and index expressions, of the $1 biggest tables and their indexes
with biggest as (
  select c.oid
  from pg_class c
  where c.oid >= 16384 and c.relkind in ('r', 'p', 'm', 'f') and c.relpersistence <> 't'
  order by c.relkind = 'p' desc, c.relpages desc, c.oid
  limit $1::bigint
),
relations as (
  select c.oid, c.relname, n.nspname
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid in (select b.oid from biggest b)
    or (c.relkind in ('i', 'I') and c.oid in (
      select i.indexrelid from pg_index i where i.indrelid in (select b.oid from biggest b) and i.indexprs is not null))
)
select
  r.oid as relation_oid,
  s.attname::text as name,
  s.null_frac::float8 as null_frac,
  s.avg_width,
  s.n_distinct::float8 as n_distinct,
  s.inherited,
  s.most_common_vals::text::text[] as most_common_vals,
  s.most_common_freqs::float8[] as most_common_freqs,
  s.histogram_bounds::text::text[] as histogram_bounds,
  s.correlation::float8 as correlation,
  s.most_common_elems::text::text[] as most_common_elems,
  s.most_common_elem_freqs::float8[] as most_common_elem_freqs,
  s.elem_count_histogram::float8[] as elem_count_histogram,
  null::float8[] as range_lengths,
  null::float8 as range_empty_frac,
  null::text[] as range_bounds
from pg_stats s
join relations r on r.nspname = s.schemaname and r.relname = s.tablename
order by r.oid, s.attname, s.inherited
