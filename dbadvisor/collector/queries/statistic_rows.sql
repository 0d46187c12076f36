-- needs: postgres 13
-- asks: the same from the catalog itself, where the role may: it holds what pg_stats hides (row security, ranges before 17)
with biggest as (
  select c.oid
  from pg_class c
  where c.oid >= 16384 and c.relkind in ('r', 'p', 'm', 'f') and c.relpersistence <> 't'
  order by c.relkind = 'p' desc, c.relpages desc, c.oid
  limit $1::bigint
),
relations as (
  select c.oid
  from pg_class c
  where c.oid in (select b.oid from biggest b)
    or (c.relkind in ('i', 'I') and c.oid in (
      select i.indexrelid from pg_index i where i.indrelid in (select b.oid from biggest b) and i.indexprs is not null))
)
select
  r.oid as relation_oid,
  a.attname::text as name,
  s.stainherit as inherited,
  s.stanullfrac::float8 as null_frac,
  s.stawidth as avg_width,
  s.stadistinct::float8 as n_distinct,
  (case when s.stakind1 = 1 then s.stavalues1 when s.stakind2 = 1 then s.stavalues2 when s.stakind3 = 1 then s.stavalues3 when s.stakind4 = 1 then s.stavalues4 when s.stakind5 = 1 then s.stavalues5 end)::text::text[] as most_common_vals,
  (case when s.stakind1 = 1 then s.stanumbers1 when s.stakind2 = 1 then s.stanumbers2 when s.stakind3 = 1 then s.stanumbers3 when s.stakind4 = 1 then s.stanumbers4 when s.stakind5 = 1 then s.stanumbers5 end)::float8[] as most_common_freqs,
  (case when s.stakind1 = 2 then s.stavalues1 when s.stakind2 = 2 then s.stavalues2 when s.stakind3 = 2 then s.stavalues3 when s.stakind4 = 2 then s.stavalues4 when s.stakind5 = 2 then s.stavalues5 end)::text::text[] as histogram_bounds,
  (case when s.stakind1 = 3 then s.stanumbers1 when s.stakind2 = 3 then s.stanumbers2 when s.stakind3 = 3 then s.stanumbers3 when s.stakind4 = 3 then s.stanumbers4 when s.stakind5 = 3 then s.stanumbers5 end)[1]::float8 as correlation,
  (case when s.stakind1 = 4 then s.stavalues1 when s.stakind2 = 4 then s.stavalues2 when s.stakind3 = 4 then s.stavalues3 when s.stakind4 = 4 then s.stavalues4 when s.stakind5 = 4 then s.stavalues5 end)::text::text[] as most_common_elems,
  (case when s.stakind1 = 4 then s.stanumbers1 when s.stakind2 = 4 then s.stanumbers2 when s.stakind3 = 4 then s.stanumbers3 when s.stakind4 = 4 then s.stanumbers4 when s.stakind5 = 4 then s.stanumbers5 end)::float8[] as most_common_elem_freqs,
  (case when s.stakind1 = 5 then s.stanumbers1 when s.stakind2 = 5 then s.stanumbers2 when s.stakind3 = 5 then s.stanumbers3 when s.stakind4 = 5 then s.stanumbers4 when s.stakind5 = 5 then s.stanumbers5 end)::float8[] as elem_count_histogram,
  (case when s.stakind1 = 6 then s.stavalues1 when s.stakind2 = 6 then s.stavalues2 when s.stakind3 = 6 then s.stavalues3 when s.stakind4 = 6 then s.stavalues4 when s.stakind5 = 6 then s.stavalues5 end)::text::float8[] as range_lengths,
  (case when s.stakind1 = 6 then s.stanumbers1 when s.stakind2 = 6 then s.stanumbers2 when s.stakind3 = 6 then s.stanumbers3 when s.stakind4 = 6 then s.stanumbers4 when s.stakind5 = 6 then s.stanumbers5 end)[1]::float8 as range_empty_frac,
  (case when s.stakind1 = 7 then s.stavalues1 when s.stakind2 = 7 then s.stavalues2 when s.stakind3 = 7 then s.stavalues3 when s.stakind4 = 7 then s.stavalues4 when s.stakind5 = 7 then s.stavalues5 end)::text::text[] as range_bounds
from pg_statistic s
join relations r on r.oid = s.starelid
join pg_attribute a on a.attrelid = s.starelid and a.attnum = s.staattnum
where not a.attisdropped
order by r.oid, a.attname, s.stainherit
