-- needs: postgres 13
-- asks: row security policies, which become conditions of every statement they bind; locked tables ($1) are left out
select
  p.polname::text as name,
  p.polrelid as table_oid,
  p.polcmd::text as command,
  p.polpermissive as permissive,
  array(select r.rolname::text from pg_roles r where r.oid = any (p.polroles) order by r.rolname) as roles,
  pg_get_expr(p.polqual, p.polrelid) as using,
  pg_get_expr(p.polwithcheck, p.polrelid) as check
from pg_policy p
where p.polrelid <> all ($1::oid[])
order by p.polrelid, p.polname
