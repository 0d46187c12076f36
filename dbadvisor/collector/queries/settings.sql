-- needs: postgres 13
-- asks: every setting that is no secret: file names, commands, connection strings and strangers' own are left out
select
  s.name,
  coalesce(case when s.source = 'session' then s.reset_val else s.setting end, '') as value,
  s.unit,
  coalesce(s.boot_val, '') as boot,
  case
    when s.source <> 'session' then s.source
    when s.reset_val is not distinct from s.boot_val then 'default'
    else 'configuration'
  end as source
from pg_settings s
where s.source <> 'client'
  and s.name <> 'client_encoding'
  and s.category not like 'File Locations%'
  and s.category not like '%SSL%'
  and s.name !~ '(command|conninfo|password|secret|token|_file|directory|directories)$'
  and (s.category <> 'Customized Options' or s.name ~ '^(pg_stat_statements|auto_explain|pg_hint_plan|pg_trgm|plpgsql)\.')
order by s.name
