-- needs: postgres 13
-- asks: foreign keys as declared; those that partitions inherit and those that are not enforced are left out
select
  k.conname::text as name,
  k.conrelid as table_oid,
  array(
    select a.attname::text
    from unnest(k.conkey) with ordinality as x (number, position)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.number
    order by x.position
  ) as columns,
  k.confrelid as referenced_oid,
  array(
    select a.attname::text
    from unnest(k.confkey) with ordinality as x (number, position)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.number
    order by x.position
  ) as referenced_columns,
  k.confdeltype::text as on_delete,
  k.confupdtype::text as on_update,
  k.convalidated as validated
from pg_constraint k
where k.contype = 'f'
  and k.conparentid = 0
  and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
  and k.oid >= 16384
order by k.conrelid, k.conname
