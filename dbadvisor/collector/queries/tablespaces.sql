-- needs: postgres 13
-- asks: tablespaces with costs of their own
select t.spcname::text as name, t.spcoptions as options
from pg_tablespace t
where t.spcoptions is not null
order by t.spcname
