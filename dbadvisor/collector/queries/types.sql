-- needs: postgres 13
-- asks: enums, domains, composites and ranges that are not an extension's, enough to make them again
select
  t.oid,
  n.nspname::text as schema,
  t.typname::text as name,
  t.typtype::text as kind,
  array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as labels,
  array(select e.oid from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as label_oids,
  case t.typtype
    when 'd' then format_type(t.typbasetype, t.typtypmod)
    when 'r' then (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid)
  end as base,
  (select nullif(r.rngsubdiff::oid, 0)::regproc::text from pg_range r where r.rngtypid = t.oid) as subtype_diff,
  (
    select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
    from pg_range r
    join pg_type s on s.oid = r.rngsubtype
    join pg_collation co on co.oid = r.rngcollation and co.oid <> s.typcollation
    join pg_namespace cn on cn.oid = co.collnamespace
    where r.rngtypid = t.oid
  ) as subtype_collation,
  (
    select quote_ident(onn.nspname) || '.' || quote_ident(o.opcname)
    from pg_range r
    join pg_opclass o on o.oid = r.rngsubopc and not o.opcdefault
    join pg_namespace onn on onn.oid = o.opcnamespace
    where r.rngtypid = t.oid
  ) as subtype_opclass,
  t.typnotnull as not_null,
  null::text as multirange_schema,
  null::text as multirange_name,
  array(
    select pg_get_constraintdef(c.oid) from pg_constraint c where c.contypid = t.oid and c.contype = 'c' order by c.conname
  ) as checks,
  array(
    select a.attname::text
    from pg_attribute a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ) as attribute_names,
  array(
    select format_type(a.atttypid, a.atttypmod)
    from pg_attribute a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ) as attribute_types
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_class c on c.oid = t.typrelid
where t.oid >= 16384
  and t.typtype in ('e', 'd', 'c', 'r')
  and (t.typtype <> 'c' or c.relkind = 'c')
  and n.nspname !~ '^pg_(toast|temp)'
  and not exists (
    select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
order by t.oid
