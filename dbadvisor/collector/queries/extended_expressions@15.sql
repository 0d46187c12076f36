-- needs: postgres 15
-- asks: what statistics on expressions know, in the expressions' order; readable as the other data of these objects is
select
  d.stxoid as oid,
  s.ordinality::int as position,
  d.stxdinherit as inherited,
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
from pg_statistic_ext_data d
cross join lateral unnest(d.stxdexpr) with ordinality as s
order by d.stxoid, inherited, position
