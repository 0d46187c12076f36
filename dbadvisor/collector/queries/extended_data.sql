-- needs: postgres 13
-- asks: what those objects know; readable for pg_read_all_data and superusers only
select
  d.stxoid as oid,
  false as inherited,
  d.stxdndistinct::bytea::text as ndistinct,
  d.stxddependencies::bytea::text as dependencies,
  d.stxdmcv::bytea::text as mcv
from pg_statistic_ext_data d
order by d.stxoid
