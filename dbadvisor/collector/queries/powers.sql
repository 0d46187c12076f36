-- needs: postgres 13
-- asks: what the role could do beyond reading
select
  r.rolsuper as superuser,
  r.rolreplication as replication,
  r.rolbypassrls as bypassrls,
  r.rolcreaterole as createrole,
  has_table_privilege('pg_statistic', 'SELECT') as reads_statistics,
  array(
    select p.rolname::text
    from pg_roles p
    where not r.rolsuper
      and p.rolname in (
        'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files', 'pg_write_all_data',
        'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'alloydbsuperuser', 'neon_superuser')
      and pg_has_role(current_user, p.oid, 'member')
    order by p.rolname
  ) as memberships,
  (
    select count(*)
    from pg_class c
    where c.oid >= 16384
      and c.relkind in ('r', 'p')
      and c.relpersistence <> 't'
      and has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
  )::int as writable_tables
from pg_roles r
where r.rolname = current_user
