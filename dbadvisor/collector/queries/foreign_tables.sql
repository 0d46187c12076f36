-- needs: postgres 13
-- asks: what planning foreign tables looks at: costs, and their names there; no addresses, users or passwords
select
  f.ftrelid as table_oid,
  s.srvname::text as server,
  w.fdwname::text as wrapper,
  array(
    select o.entry
    from unnest(s.srvoptions) as o (entry)
    where split_part(o.entry, '=', 1) in ('fdw_startup_cost', 'fdw_tuple_cost', 'fetch_size', 'use_remote_estimate')
  ) as server_options,
  array(
    select o.entry
    from unnest(f.ftoptions) as o (entry)
    where split_part(o.entry, '=', 1) in ('schema_name', 'table_name', 'fetch_size', 'use_remote_estimate')
  ) as options,
  array(
    select a.attname::text
    from pg_attribute a
    where a.attrelid = f.ftrelid and a.attnum > 0 and a.attfdwoptions::text like '%column_name=%'
    order by a.attnum
  ) as column_names,
  array(
    select (select substr(o.entry, 13) from unnest(a.attfdwoptions) as o (entry) where o.entry like 'column_name=%')
    from pg_attribute a
    where a.attrelid = f.ftrelid and a.attnum > 0 and a.attfdwoptions::text like '%column_name=%'
    order by a.attnum
  ) as remote_names
from pg_foreign_table f
join pg_foreign_server s on s.oid = f.ftserver
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
order by f.ftrelid
