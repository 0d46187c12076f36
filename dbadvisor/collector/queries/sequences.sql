-- needs: postgres 13
-- asks: how far sequences have come; a value only where the role may read it and it can be read on this node
select
  n.nspname::text as schema,
  c.relname::text as name,
  format_type(s.seqtypid, null) as type,
  case when readable.here and not (c.relpersistence = 'u' and pg_is_in_recovery())
    then pg_sequence_last_value(c.oid) end as last_value,
  s.seqmax as max_value,
  s.seqincrement as increment,
  d.refobjid as owner_oid,
  a.attname::text as owner_column,
  coalesce(d.deptype = 'i', false) as identity,
  readable.here as readable
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select c.oid <> all ($1::oid[]) and has_sequence_privilege(c.oid, 'SELECT, USAGE') as here
) readable
left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
  and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where c.relpersistence <> 't'
  and not exists (
    select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by n.nspname, c.relname
