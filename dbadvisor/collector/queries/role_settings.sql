-- needs: postgres 13
-- asks: what roles and this database start with of what planning looks at, search_path above all
select
  split_part(c.entry, '=', 1) as name,
  substr(c.entry, strpos(c.entry, '=') + 1) as value,
  r.rolname::text as role,
  s.setdatabase <> 0 as here
from pg_db_role_setting s
cross join lateral unnest(s.setconfig) as c (entry)
left join pg_roles r on r.oid = s.setrole
where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
  and split_part(c.entry, '=', 1) in (
    select p.name
    from pg_settings p
    where p.category like 'Query Tuning%'
      or p.name in (
        'search_path', 'work_mem', 'hash_mem_multiplier', 'temp_buffers', 'effective_io_concurrency',
        'maintenance_io_concurrency', 'max_parallel_workers', 'max_parallel_workers_per_gather',
        'parallel_leader_participation', 'default_text_search_config', 'TimeZone', 'DateStyle',
        'IntervalStyle'))
order by here desc, r.rolname nulls first, name
