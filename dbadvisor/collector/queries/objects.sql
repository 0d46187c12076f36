-- needs: postgres 13
-- asks: collations, casts, operators, aggregates and text search configurations of the users', as statements
with kept as (
  select d.classid, d.objid from pg_depend d where d.deptype in ('e', 'i')
)
select 'collation' as kind, quote_ident(n.nspname) || '.' || quote_ident(c.collname) as name,
  'CREATE COLLATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.collname) || ' ('
  || case c.collprovider
    when 'c' then format('provider = libc, lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype)
    else format('provider = %s, locale = %L', case c.collprovider when 'i' then 'icu' else 'builtin' end,
      coalesce(j.row ->> 'colllocale', j.row ->> 'colliculocale', c.collcollate))
  end
  || case when j.row ->> 'collicurules' is null then '' else format(', rules = %L', j.row ->> 'collicurules') end
  || case when c.collisdeterministic then '' else ', deterministic = false' end || ')' as sql,
  1 as place, c.oid as number
from pg_collation c
join pg_namespace n on n.oid = c.collnamespace
cross join lateral (select to_jsonb(c) as row) j
where c.oid >= 16384 and (n.nspname <> 'pg_catalog')
  and not exists (select from kept k where k.classid = 'pg_collation'::regclass and k.objid = c.oid)
union all
select 'cast', format_type(c.castsource, null) || ' as ' || format_type(c.casttarget, null),
  'CREATE CAST (' || format_type(c.castsource, null) || ' AS ' || format_type(c.casttarget, null) || ') '
  || case c.castmethod when 'f' then 'WITH FUNCTION ' || c.castfunc::regprocedure::text when 'i' then 'WITH INOUT'
    else 'WITHOUT FUNCTION' end
  || case c.castcontext when 'a' then ' AS ASSIGNMENT' when 'i' then ' AS IMPLICIT' else '' end,
  2, c.oid
from pg_cast c
where c.oid >= 16384
  and not exists (select from kept k where k.classid = 'pg_cast'::regclass and k.objid = c.oid)
union all
select 'operator', o.oid::regoperator::text,
  'CREATE OPERATOR ' || quote_ident(n.nspname) || '.' || o.oprname || ' (FUNCTION = ' || o.oprcode::text
  || case when o.oprleft <> 0 then ', LEFTARG = ' || format_type(o.oprleft, null) else '' end
  || ', RIGHTARG = ' || format_type(o.oprright, null)
  || coalesce((
    select ', COMMUTATOR = OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')'
    from pg_operator c join pg_namespace cn on cn.oid = c.oprnamespace where c.oid = o.oprcom), '')
  || coalesce((
    select ', NEGATOR = OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')'
    from pg_operator c join pg_namespace cn on cn.oid = c.oprnamespace where c.oid = o.oprnegate), '')
  || case when o.oprrest::oid <> 0 then ', RESTRICT = ' || o.oprrest::text else '' end
  || case when o.oprjoin::oid <> 0 then ', JOIN = ' || o.oprjoin::text else '' end
  || case when o.oprcanhash then ', HASHES' else '' end || case when o.oprcanmerge then ', MERGES' else '' end || ')',
  3, o.oid
from pg_operator o
join pg_namespace n on n.oid = o.oprnamespace
where o.oid >= 16384 and o.oprcode::oid <> 0
  and not exists (select from kept k where k.classid = 'pg_operator'::regclass and k.objid = o.oid)
union all
select 'aggregate', p.oid::regprocedure::text,
  'CREATE AGGREGATE ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname)
  || '(' || case when pg_get_function_arguments(p.oid) = '' then '*' else pg_get_function_arguments(p.oid) end
  || ') (SFUNC = ' || a.aggtransfn::text || ', STYPE = ' || format_type(a.aggtranstype, null)
  || case when a.aggtransspace > 0 then ', SSPACE = ' || a.aggtransspace else '' end
  || case when a.aggfinalfn::oid <> 0 then ', FINALFUNC = ' || a.aggfinalfn::text else '' end
  || case when a.aggfinalextra then ', FINALFUNC_EXTRA' else '' end
  || case when a.aggcombinefn::oid <> 0 then ', COMBINEFUNC = ' || a.aggcombinefn::text else '' end
  || case when a.aggserialfn::oid <> 0 then ', SERIALFUNC = ' || a.aggserialfn::text else '' end
  || case when a.aggdeserialfn::oid <> 0 then ', DESERIALFUNC = ' || a.aggdeserialfn::text else '' end
  || case when a.agginitval is null then '' else format(', INITCOND = %L', a.agginitval) end
  || coalesce((
    select ', SORTOP = OPERATOR(' || quote_ident(sn.nspname) || '.' || s.oprname || ')'
    from pg_operator s join pg_namespace sn on sn.oid = s.oprnamespace where s.oid = a.aggsortop), '')
  || case p.proparallel when 's' then ', PARALLEL = SAFE' when 'r' then ', PARALLEL = RESTRICTED' else '' end || ')',
  4, p.oid
from pg_aggregate a
join pg_proc p on p.oid = a.aggfnoid::oid
join pg_namespace n on n.oid = p.pronamespace
where p.oid >= 16384
  and not exists (select from kept k where k.classid = 'pg_proc'::regclass and k.objid = p.oid)
union all
select 'text search dictionary', quote_ident(n.nspname) || '.' || quote_ident(d.dictname),
  'CREATE TEXT SEARCH DICTIONARY ' || quote_ident(n.nspname) || '.' || quote_ident(d.dictname)
  || ' (TEMPLATE = ' || quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname)
  || coalesce(', ' || nullif(d.dictinitoption, ''), '') || ')',
  5, d.oid
from pg_ts_dict d
join pg_namespace n on n.oid = d.dictnamespace
join pg_ts_template t on t.oid = d.dicttemplate
join pg_namespace tn on tn.oid = t.tmplnamespace
where d.oid >= 16384
  and not exists (select from kept k where k.classid = 'pg_ts_dict'::regclass and k.objid = d.oid)
union all
select 'text search configuration', quote_ident(n.nspname) || '.' || quote_ident(c.cfgname),
  'CREATE TEXT SEARCH CONFIGURATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.cfgname)
  || ' (PARSER = ' || quote_ident(pn.nspname) || '.' || quote_ident(r.prsname) || ')',
  6, c.oid
from pg_ts_config c
join pg_namespace n on n.oid = c.cfgnamespace
join pg_ts_parser r on r.oid = c.cfgparser
join pg_namespace pn on pn.oid = r.prsnamespace
where c.oid >= 16384
  and not exists (select from kept k where k.classid = 'pg_ts_config'::regclass and k.objid = c.oid)
union all
select 'text search configuration', quote_ident(n.nspname) || '.' || quote_ident(c.cfgname),
  'ALTER TEXT SEARCH CONFIGURATION ' || quote_ident(n.nspname) || '.' || quote_ident(c.cfgname)
  || ' ADD MAPPING FOR ' || (select t.alias from ts_token_type(c.cfgparser) t where t.tokid = m.maptokentype)
  || ' WITH ' || string_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname), ', ' order by m.mapseqno),
  7, c.oid
from pg_ts_config_map m
join pg_ts_config c on c.oid = m.mapcfg
join pg_namespace n on n.oid = c.cfgnamespace
join pg_ts_dict d on d.oid = m.mapdict
join pg_namespace dn on dn.oid = d.dictnamespace
where c.oid >= 16384
  and not exists (select from kept k where k.classid = 'pg_ts_config'::regclass and k.objid = c.oid)
group by c.oid, n.nspname, c.cfgname, c.cfgparser, m.maptokentype
order by place, number, sql
