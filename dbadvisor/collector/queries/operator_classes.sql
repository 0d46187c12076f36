-- needs: postgres 13
-- asks: the users' own operator classes, from their parts
select
  n.nspname::text as schema,
  o.opcname::text as name,
  m.amname::text as method,
  format_type(o.opcintype, null) as type,
  o.opcdefault as default,
  case when o.opckeytype <> 0 then format_type(o.opckeytype, null) end as key_type,
  array(
    select a.amopstrategy::int
    from pg_amop a
    where a.amopfamily = o.opcfamily and a.amoplefttype = o.opcintype and a.amoprighttype = o.opcintype
    order by a.amopstrategy, a.amopopr
  ) as strategies,
  array(
    select a.amopopr::regoperator::text
    from pg_amop a
    where a.amopfamily = o.opcfamily and a.amoplefttype = o.opcintype and a.amoprighttype = o.opcintype
    order by a.amopstrategy, a.amopopr
  ) as operators,
  array(
    select (select quote_ident(fn.nspname) || '.' || quote_ident(f.opfname)
            from pg_opfamily f join pg_namespace fn on fn.oid = f.opfnamespace where f.oid = a.amopsortfamily)
    from pg_amop a
    where a.amopfamily = o.opcfamily and a.amoplefttype = o.opcintype and a.amoprighttype = o.opcintype
    order by a.amopstrategy, a.amopopr
  ) as sort_families,
  array(
    select p.amprocnum::int
    from pg_amproc p
    where p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype and p.amprocrighttype = o.opcintype
    order by p.amprocnum
  ) as numbers,
  array(
    select p.amproc::oid::regprocedure::text
    from pg_amproc p
    where p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype and p.amprocrighttype = o.opcintype
    order by p.amprocnum
  ) as functions
from pg_opclass o
join pg_namespace n on n.oid = o.opcnamespace
join pg_am m on m.oid = o.opcmethod
where o.oid >= 16384
  and not exists (
    select from pg_depend d where d.classid = 'pg_opclass'::regclass and d.objid = o.oid and d.deptype = 'e')
order by o.oid
