-- needs: postgres 13
-- asks: CHECK constraints, from which the planner excludes partitions and tables; locked tables ($1) are left out
select k.conname::text as name, k.conrelid as table_oid, pg_get_constraintdef(k.oid) as definition, k.convalidated as validated
from pg_constraint k
where k.contype = 'c'
  and k.conislocal
  and k.conrelid >= 16384
  and k.conrelid <> all ($1::oid[])
order by k.conrelid, k.conname
