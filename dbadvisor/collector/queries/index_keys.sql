-- needs: postgres 13
-- asks: the keys and INCLUDEd columns of every index, in order; expressions of locked tables ($1) are left out
select
  i.indexrelid as index_oid,
  k.position::int as position,
  k.position > i.indnkeyatts as included,
  case when k.number <> 0 then a.attname::text end as column,
  case when k.number = 0 and i.indrelid <> all ($1::oid[])
    then pg_get_indexdef(i.indexrelid, k.position::int, false) end as expression,
  x.attname::text as name,
  case
    when k.position > i.indnkeyatts then null
    when x.attoptions is not null or not (
      o.opcdefault and (
        o.opcintype = coalesce(nullif(t.typbasetype, 0), t.oid)
        or not exists (
          select
          from pg_opclass better
          where better.opcmethod = o.opcmethod
            and better.opcdefault
            and better.opcintype = coalesce(nullif(t.typbasetype, 0), t.oid))))
    then
      case when os.nspname = 'pg_catalog' then '' else quote_ident(os.nspname) || '.' end
      || quote_ident(o.opcname)
      || coalesce(' (' || array_to_string(x.attoptions, ', ') || ')', '')
  end as opclass,
  case
    when i.indcollation[k.position - 1] not in (0, coalesce(a.attcollation, t.typcollation))
    then quote_ident(cs.nspname) || '.' || quote_ident(co.collname)
  end as collation,
  coalesce(i.indoption[k.position - 1] & 1, 0) = 1 as descending,
  coalesce(i.indoption[k.position - 1] & 2, 0) = 2 as nulls_first
from pg_index i
join pg_class r on r.oid = i.indrelid
cross join lateral unnest(i.indkey::int2[]) with ordinality as k (number, position)
join pg_attribute x on x.attrelid = i.indexrelid and x.attnum = k.position
left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number <> 0
left join pg_type t on t.oid = coalesce(a.atttypid, x.atttypid)
left join pg_opclass o on o.oid = i.indclass[k.position - 1]
left join pg_namespace os on os.oid = o.opcnamespace
left join pg_collation co on co.oid = i.indcollation[k.position - 1]
left join pg_namespace cs on cs.oid = co.collnamespace
where i.indexrelid >= 16384
  and i.indislive
  and r.relpersistence <> 't'
order by i.indexrelid, k.position
