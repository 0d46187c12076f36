-- needs: postgres 13
-- asks: the columns of those relations; defaults of locked ones ($1) are left out
with recursive bases (oid, base) as (
  select t.oid, t.typbasetype from pg_type t where t.typtype = 'd'
  union all
  select b.oid, t.typbasetype from bases b join pg_type t on t.oid = b.base where t.typtype = 'd'
),
domains as (
  select b.oid, b.base from bases b join pg_type t on t.oid = b.base where t.typtype <> 'd'
)
select
  a.attrelid as table_oid,
  a.attname::text as name,
  a.attnum::int as number,
  format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull and not exists (
    select from pg_constraint k
    where k.conrelid = a.attrelid and k.contype = 'n' and not k.convalidated and a.attnum = any (k.conkey)
  ) as not_null,
  case
    when a.attcollation <> t.typcollation then
      (
        select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
        from pg_collation co
        join pg_namespace cn on cn.oid = co.collnamespace
        where co.oid = a.attcollation
      )
  end as collation,
  case when a.attrelid <> all ($1::oid[]) then pg_get_expr(f.adbin, f.adrelid) end as default,
  a.attgenerated::text as generated,
  a.attidentity::text as identity,
  nullif(a.attstattarget, -1)::int as statistics_target,
  coalesce(a.attoptions, '{}') as options,
  a.attlen::int as typlen,
  a.attalign::text as typalign,
  format_type(coalesce(d.base, a.atttypid), null) as base_type
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_type t on t.oid = a.atttypid
left join domains d on d.oid = a.atttypid
left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
where a.attrelid >= 16384
  and a.attnum > 0
  and not a.attisdropped
  and c.relkind in ('r', 'p', 'm', 'f')
  and c.relpersistence <> 't'
order by a.attrelid, a.attnum
