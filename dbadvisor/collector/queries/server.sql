-- needs: postgres 13
-- asks: which server and database this is; newer columns of pg_database are read through JSON
select
  current_setting('server_version_num')::int as version_num,
  split_part(current_setting('server_version'), ' ', 1) as version,
  version() as product,
  d.datname as database,
  pg_is_in_recovery() as standby,
  pg_encoding_to_char(d.encoding) as encoding,
  coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale', d.datcollate) as collation,
  coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale', d.datctype) as ctype,
  coalesce(j.row ->> 'datlocprovider', 'c') as locale_provider,
  current_setting('block_size')::int as block_size,
  pg_backend_pid() as backend_pid,
  coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false) as tls,
  current_user::text as role,
  extract(epoch from now() - pg_postmaster_start_time())::float8 as uptime_seconds
from pg_database d
cross join lateral (select to_jsonb(d) as row) j
where d.datname = current_database()
