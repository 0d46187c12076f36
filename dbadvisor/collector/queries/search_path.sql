-- needs: postgres 13
-- asks: in which schemas the application's unqualified names are looked up: the settings of database and roles
select
  r.rolname::text as role,
  s.setdatabase <> 0 as here,
  (select substr(c.entry, 13) from unnest(s.setconfig) as c (entry) where c.entry like 'search_path=%') as path
from pg_db_role_setting s
left join pg_roles r on r.oid = s.setrole
where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
  and s.setconfig::text like '%search_path=%'
order by here desc, r.rolname nulls first
