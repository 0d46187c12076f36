-- needs: postgres 13
-- asks: columns that lead a whole B-tree which the server's own code or an extension's C sorts: their ends may be read
select
  i.indrelid as table_oid,
  a.attname::text as name,
  bool_and(a.atttypid < 16384 and o.oid < 16384) as built_in
from pg_index i
join pg_class t on t.oid = i.indrelid
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
join pg_type y on y.oid = a.atttypid
join pg_proc shown on shown.oid = y.typoutput
join pg_opclass o on o.oid = i.indclass[0]
join pg_am m on m.oid = o.opcmethod
join pg_type k on k.oid = o.opcintype
join pg_amproc s
  on s.amprocfamily = o.opcfamily and s.amproclefttype = k.oid and s.amprocrighttype = k.oid and s.amprocnum = 1
join pg_proc compared on compared.oid = s.amproc
where i.indexrelid >= 16384
  and m.amname = 'btree'
  and o.opcdefault
  and i.indisvalid
  and i.indpred is null
  and i.indcollation[0] = a.attcollation
  and t.relkind in ('r', 'm')
  and t.relpersistence <> 't'
  and shown.prolang in (select l.oid from pg_language l where l.lanname in ('internal', 'c'))
  and compared.prolang in (select l.oid from pg_language l where l.lanname in ('internal', 'c'))
  and (a.atttypid < 16384 or k.typtype <> 'p' or y.typtype = 'e')  -- arrays and the like sort by what they hold
group by i.indrelid, a.attname
order by i.indrelid, a.attname
