-- needs: pageinspect 1.8
-- asks: how many pages of each kind and how many keys the GIN indexes $1 have, as the planner reads them there
select
  i.oid,
  g.n_total_pages::bigint as total,
  g.n_entry_pages::bigint as entry,
  g.n_data_pages::bigint as data,
  g.n_entries::bigint as entries,
  g.n_pending_pages::bigint as pending
from unnest($1::oid[]) as i (oid)
cross join lateral {schema}.gin_metapage_info({schema}.get_raw_page(i.oid::regclass::text, 0)) as g
