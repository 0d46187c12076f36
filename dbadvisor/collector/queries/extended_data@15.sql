-- needs: postgres 15
-- asks: what those objects know, of a table alone and with its children; readable for pg_read_all_data and superusers only
select
  d.stxoid as oid,
  d.stxdinherit as inherited,
  d.stxdndistinct::bytea::text as ndistinct,
  d.stxddependencies::bytea::text as dependencies,
  d.stxdmcv::bytea::text as mcv
from pg_statistic_ext_data d
order by d.stxoid, d.stxdinherit
