-- needs: postgres 13
-- asks: which roles no policy binds and which roles have whose rights; only where there are policies
with recursive rights (role, granted) as (
  select m.member, m.roleid from pg_auth_members m
  union
  select r.role, m.roleid from rights r join pg_auth_members m on m.member = r.granted
)
select
  r.rolname::text as name,
  r.rolsuper or r.rolbypassrls as bypasses,
  array(
    select g.rolname::text
    from rights x
    join pg_roles g on g.oid = x.granted
    where x.role = r.oid and g.rolname !~ '^pg_'
    order by g.rolname
  ) as member_of
from pg_roles r
where r.rolname !~ '^pg_'
  and exists (select from pg_policy)
order by r.oid
limit 1000
