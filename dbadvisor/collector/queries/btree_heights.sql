-- needs: pageinspect 1.8
-- asks: the levels above the leaves of the B-trees $1, as the planner reads them from their metapages
select i.oid, b.fastlevel::int as height
from unnest($1::oid[]) as i (oid)
cross join lateral {schema}.bt_metap(i.oid::regclass::text) as b
