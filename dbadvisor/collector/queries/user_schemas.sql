-- needs: postgres 13
-- asks: which schemas are named like a role that logs in, for "$user" in search_path
select n.nspname::text as name
from pg_namespace n
join pg_roles r on r.rolname = n.nspname
where r.rolcanlogin
order by n.nspname
