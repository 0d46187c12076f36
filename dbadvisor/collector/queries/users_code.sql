-- needs: postgres 13
-- asks: tables on which planning may run what users wrote (in indexes or statistics): no statement of ours goes there
with theirs (classid, oid) as (
  select 'pg_proc'::regclass::oid, p.oid
  from pg_proc p
  join pg_language l on l.oid = p.prolang
  where p.oid >= 16384 and l.lanname not in ('internal', 'c')
  union all
  select 'pg_operator'::regclass::oid, o.oid
  from pg_operator o
  join pg_proc p on p.oid = o.oprcode
  join pg_language l on l.oid = p.prolang
  where o.oid >= 16384 and l.lanname not in ('internal', 'c')
)
select i.indrelid as oid
from theirs t
join pg_depend d on d.refclassid = t.classid and d.refobjid = t.oid and d.classid = 'pg_class'::regclass
join pg_index i on i.indexrelid = d.objid
union
select s.stxrelid
from theirs t
join pg_depend d on d.refclassid = t.classid and d.refobjid = t.oid and d.classid = 'pg_statistic_ext'::regclass
join pg_statistic_ext s on s.oid = d.objid
