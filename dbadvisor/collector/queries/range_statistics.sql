-- needs: postgres 13
-- asks: histograms of ranges, which pg_stats does not show before 17; readable for pg_read_all_data and superusers only
select
  s.starelid as relation_oid,
  a.attname::text as name,
  s.stainherit as inherited,
  (case when s.stakind1 = 6 then s.stavalues1 when s.stakind2 = 6 then s.stavalues2 when s.stakind3 = 6 then s.stavalues3 when s.stakind4 = 6 then s.stavalues4 when s.stakind5 = 6 then s.stavalues5 end)::text::float8[] as range_lengths,
  (case when s.stakind1 = 6 then s.stanumbers1 when s.stakind2 = 6 then s.stanumbers2 when s.stakind3 = 6 then s.stanumbers3 when s.stakind4 = 6 then s.stanumbers4 when s.stakind5 = 6 then s.stanumbers5 end)[1]::float8 as range_empty_frac,
  (case when s.stakind1 = 7 then s.stavalues1 when s.stakind2 = 7 then s.stavalues2 when s.stakind3 = 7 then s.stavalues3 when s.stakind4 = 7 then s.stavalues4 when s.stakind5 = 7 then s.stavalues5 end)::text::text[] as range_bounds
from pg_statistic s
join pg_attribute a on a.attrelid = s.starelid and a.attnum = s.staattnum
where s.starelid >= 16384
  and (6 in (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5)
    or 7 in (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5))
order by s.starelid, a.attname, s.stainherit
