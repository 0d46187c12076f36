"""Questions about the museum that an imagined index may answer: (index, statement), by kinds of index."""

from dbadvisor.model.index import IndexDefinition, IndexKey
from fidelity.museum import by, down, index, of

Pair = tuple[IndexDefinition, str]


def _asked(definition: IndexDefinition, *statements: str) -> list[Pair]:
    return [(definition, statement) for statement in statements]


BTREES: list[Pair] = [
    *_asked(
        index("facts", "uniform"),
        "SELECT * FROM facts WHERE uniform = 5",
        "SELECT * FROM facts WHERE uniform BETWEEN 1000 AND 900000 ORDER BY uniform LIMIT 20",
        "SELECT count(*) FROM facts WHERE uniform < 20000000",
        "SELECT max(uniform) FROM facts",
    ),
    *_asked(
        index("facts", "thousand"),
        "SELECT * FROM facts WHERE thousand = 7",
        "SELECT thousand, count(*) FROM facts GROUP BY thousand",
        "SELECT sum(f.few) FROM facts f JOIN small s ON s.number = f.thousand WHERE s.id < 20",
    ),
    *_asked(index("facts", "few"), "SELECT count(*) FROM facts WHERE few = 4", "SELECT DISTINCT few FROM facts"),
    *_asked(
        index("facts", "zipf"), "SELECT * FROM facts WHERE zipf = 1", "SELECT * FROM facts WHERE zipf IN (5, 40000, 7)"
    ),
    *_asked(index("facts", "country", "city"), "SELECT * FROM facts WHERE country = 'country3' AND city = 'city3-5'"),
    *_asked(index("facts", "city", include=("amount",)), "SELECT sum(amount) FROM facts WHERE city LIKE 'city3-1%'"),
    *_asked(index("facts", "flag"), "SELECT * FROM facts WHERE flag", "SELECT count(*) FROM facts WHERE NOT flag"),
    *_asked(index("facts", "phase", "day"), "SELECT * FROM facts WHERE phase = 'open' AND day = '2023-05-05'"),
    *_asked(
        index("facts", "rare"),
        "SELECT * FROM facts WHERE rare = 17",
        "SELECT count(*) FROM facts WHERE rare IS NULL",
        "SELECT * FROM facts WHERE rare IS NOT NULL ORDER BY rare LIMIT 3",
    ),
    *_asked(
        index("facts", "half"),
        "SELECT half, count(*) FROM facts GROUP BY half",
        "SELECT * FROM facts WHERE half = 'h77'",
    ),
    *_asked(index("facts", "amount"), "SELECT * FROM facts WHERE amount > 9990", "SELECT min(amount) FROM facts"),
    *_asked(
        index("facts", "code", unique=True), "SELECT * FROM facts WHERE code = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'"
    ),
    *_asked(
        index("big", "id", unique=True),
        "SELECT * FROM big WHERE id = 5",
        "SELECT s.id FROM small s LEFT JOIN big b ON b.id = s.number",
        "SELECT DISTINCT b.id, b.state FROM big b JOIN small s ON b.id = s.id WHERE s.number = 4",
        "SELECT count(*) FROM small s JOIN big b ON b.id = s.id",
        "SELECT b.id, b.at, count(*) FROM big b WHERE b.id < 500 GROUP BY b.id, b.at",
        "SELECT s.id FROM small s WHERE EXISTS (SELECT FROM big b WHERE b.id = s.number)",
    ),
    *_asked(
        index("facts", "created"),
        "SELECT * FROM facts WHERE created > '2023-08-01' AND created < '2023-08-02' ORDER BY created",
        "SELECT * FROM facts ORDER BY created DESC LIMIT 10",
        "SELECT date_trunc('day', created), count(*) FROM facts WHERE created > '2023-07-01' GROUP BY 1",
    ),
    *_asked(
        index("facts", "thousand", down("created")),
        "SELECT * FROM facts WHERE thousand = 7 ORDER BY created DESC LIMIT 5",
        "SELECT * FROM facts ORDER BY thousand, created DESC LIMIT 50",
    ),
    *_asked(
        index("facts", "thousand", down("half", nulls_first=False)),
        "SELECT thousand, half FROM facts ORDER BY thousand, half DESC NULLS LAST LIMIT 100",
    ),
    *_asked(index("facts", "updated"), "SELECT * FROM facts WHERE updated > now() - interval '5 years' LIMIT 5"),
    *_asked(
        index("facts", "name"), "SELECT * FROM facts WHERE name = 'abc'", "SELECT id FROM facts ORDER BY name LIMIT 9"
    ),
    *_asked(index("facts", by("email", "varchar_pattern_ops")), "SELECT * FROM facts WHERE email LIKE 'user77@%'"),
    *_asked(
        index("facts", IndexKey("city", collation='"C"')), "SELECT * FROM facts WHERE city COLLATE \"C\" > 'city9-9'"
    ),
    *_asked(
        index("facts", "parent"), "SELECT f.id, g.id FROM facts f JOIN facts g ON g.parent = f.parent WHERE f.id = 99"
    ),
    *_asked(
        index("facts", "parent", include=("id", "city")), "SELECT id, city FROM facts WHERE parent BETWEEN 50 AND 500"
    ),
    *_asked(index("facts", "score"), "SELECT * FROM facts WHERE score < 0.0001"),
    *_asked(index("facts", "host"), "SELECT * FROM facts WHERE host = '10.1.5.6'"),
    *_asked(index("facts", "created", where="flag"), "SELECT * FROM facts WHERE flag ORDER BY created DESC LIMIT 10"),
    *_asked(
        index("facts", "thousand", where="phase = 'open'"),
        "SELECT * FROM facts WHERE phase = 'open' AND thousand = 9",
        "SELECT count(*) FROM facts WHERE phase = 'open'",
    ),
    *_asked(
        index("facts", "rare", where="rare IS NOT NULL"),
        "SELECT * FROM facts WHERE rare > 999000",
        "SELECT count(*) FROM facts WHERE rare IS NOT NULL",
    ),
    *_asked(
        index("facts", "zipf", where="zipf < 1000"),
        "SELECT * FROM facts WHERE zipf = 3",
        "SELECT * FROM facts WHERE zipf < 5",
    ),
    *_asked(index("facts", "few", "id"), "SELECT * FROM facts WHERE few = 3 ORDER BY id DESC LIMIT 3"),
    *_asked(index("facts", "few", "thousand"), "SELECT * FROM facts WHERE few = 3 AND thousand = 44"),
    *_asked(
        index("facts", "uniform", options=("fillfactor=60",)), "SELECT count(*) FROM facts WHERE uniform < 500000000"
    ),
    *_asked(
        index("big", "owner"),
        "SELECT * FROM big WHERE owner = 5",
        "SELECT owner, count(*) FROM big GROUP BY owner LIMIT 5",
    ),
    *_asked(
        index("big", "owner", "at"),
        "SELECT * FROM big WHERE owner = 5 AND at > '2024-03-03'",
        "SELECT * FROM big WHERE owner = 5 ORDER BY at DESC LIMIT 1",
    ),
    *_asked(index("big", "state"), "SELECT * FROM big WHERE state = 6", "SELECT count(*) FROM big WHERE state > 4"),
    *_asked(index("big", "at"), "SELECT count(*) FROM big WHERE at BETWEEN '2024-02-02' AND '2024-02-12'"),
    *_asked(
        index("big", "id", unique=True), "SELECT b.much FROM big b JOIN small s ON s.id = b.id WHERE s.word = 'w7'"
    ),
    *_asked(index("big", "much"), "SELECT * FROM big ORDER BY much DESC LIMIT 10"),
    *_asked(index("small", "word"), "SELECT * FROM small WHERE word = 'w7'"),
    *_asked(index("small", "word", "number"), "SELECT count(*) FROM small WHERE word = 'w7' AND number > 5"),
    *_asked(
        index("parts", "kind"),
        "SELECT * FROM parts WHERE kind = 5",
        "SELECT * FROM parts WHERE kind = 5 AND at = '2024-02-02'",
    ),
    *_asked(index("parts", "id", "at", unique=True), "SELECT * FROM parts WHERE id = 5 AND at = '2024-01-06'"),
    *_asked(index("parts", "at", "kind"), "SELECT max(kind) FROM parts WHERE at = '2024-03-03'"),
    *_asked(index("ancestor", "word"), "SELECT * FROM ancestor WHERE word = 'a5'"),
    *_asked(
        index("ancestor", "id"),
        "SELECT * FROM ancestor ORDER BY id LIMIT 5",
        "SELECT * FROM ONLY ancestor WHERE id = 7",
    ),
    *_asked(index("descendant", "id"), "SELECT * FROM ancestor WHERE id = 5"),
    *_asked(index("hollow", "id"), "SELECT * FROM hollow WHERE id = 5"),
    *_asked(
        index("facts", "absent"),
        "SELECT * FROM facts WHERE absent = 'x'",
        "SELECT count(*) FROM facts WHERE absent IS NOT NULL",
    ),
    *_asked(
        index("facts", "thousand"),
        "UPDATE facts SET few = 0 WHERE thousand = 5",
        "DELETE FROM facts WHERE thousand = 5",
    ),
]

EXPRESSIONS: list[Pair] = [
    *_asked(
        index("facts", of("lower((email)::text)")), "SELECT * FROM facts WHERE lower(email) = 'user7@example9.com'"
    ),
    *_asked(
        index("facts", of("((updated AT TIME ZONE 'UTC'::text))::date")),
        "SELECT * FROM facts WHERE (updated AT TIME ZONE 'UTC')::date = '2023-04-05'",
    ),
    *_asked(
        index("facts", of("date_trunc('day'::text, (updated AT TIME ZONE 'UTC'::text))")),
        "SELECT count(*) FROM facts WHERE date_trunc('day', updated AT TIME ZONE 'UTC') = '2023-04-05'",
    ),
    *_asked(index("facts", of("md5(city)")), "SELECT * FROM facts WHERE md5(city) = 'abc'"),
    *_asked(index("facts", of("(country || city)")), "SELECT * FROM facts WHERE country || city = 'country3city3-5'"),
    *_asked(
        index("facts", of("COALESCE(half, ''::text)")),
        "SELECT * FROM facts WHERE COALESCE(half, '') = 'h7'",
        "SELECT count(*) FROM facts WHERE COALESCE(half, '') = ''",
    ),
    *_asked(index("facts", of("(thousand % 10)")), "SELECT count(*) FROM facts WHERE thousand % 10 = 3"),
    *_asked(index("docs", of("(attrs ->> 'src'::text)")), "SELECT * FROM docs WHERE attrs ->> 'src' = 'web'"),
    *_asked(index("docs", of("((attrs ->> 'k'::text))::integer")), "SELECT * FROM docs WHERE (attrs ->> 'k')::int = 7"),
    *_asked(index("docs", of("(heavy ->> 'user'::text)")), "SELECT * FROM docs WHERE heavy ->> 'user' = 'x'"),
]

OTHERS: list[Pair] = [
    *_asked(
        index("docs", "attrs", method="gin"),
        'SELECT * FROM docs WHERE attrs @> \'{"k": 5, "src": "web"}\'',
        "SELECT count(*) FROM docs WHERE attrs ? 'k'",
    ),
    *_asked(
        index("docs", by("attrs", "jsonb_path_ops"), method="gin"),
        "SELECT * FROM docs WHERE attrs @> '{\"v\": 17}'",
        "SELECT id FROM docs WHERE attrs @@ '$.v == 17'",
    ),
    *_asked(index("docs", "heavy", method="gin"), 'SELECT * FROM docs WHERE heavy @> \'{"item": {"sku": "sku5"}}\''),
    *_asked(
        index("docs", by("heavy", "jsonb_path_ops"), method="gin"),
        'SELECT * FROM docs WHERE heavy @> \'{"tags": ["t5"]}\'',
    ),
    *_asked(
        index("docs", "tags", method="gin"),
        "SELECT * FROM docs WHERE tags @> ARRAY['t5', 'u7']",
        "SELECT * FROM docs WHERE tags && ARRAY['t299', 'u7']",
    ),
    *_asked(index("docs", "numbers", method="gin"), "SELECT * FROM docs WHERE numbers @> ARRAY[5]"),
    *_asked(
        index("docs", "words", method="gin"), "SELECT id FROM docs WHERE words @@ to_tsquery('simple', 'w5 & w17')"
    ),
    *_asked(
        index("docs", of("to_tsvector('simple'::regconfig, body)"), method="gin"),
        "SELECT id FROM docs WHERE to_tsvector('simple', body) @@ to_tsquery('simple', 'w5 & w17')",
    ),
    *_asked(
        index("docs", by("name", "gin_trgm_ops"), method="gin"),
        "SELECT * FROM docs WHERE name LIKE '%abcd%'",
        "SELECT * FROM docs WHERE name ILIKE '%abc'",
    ),
    *_asked(index("docs", by("body", "gin_trgm_ops"), method="gin"), "SELECT id FROM docs WHERE body LIKE '%w399 %'"),
    *_asked(
        index("facts", by("email", "gin_trgm_ops"), method="gin"),
        "SELECT * FROM facts WHERE email LIKE '%7@example9.%'",
    ),
    *_asked(index("facts", "thousand", method="gin"), "SELECT * FROM facts WHERE thousand = 5"),
    *_asked(index("docs", "kind", "tags", method="gin"), "SELECT * FROM docs WHERE kind = 7 AND tags @> ARRAY['u7']"),
    *_asked(
        index("docs", "tags", method="gin", where="kind < 10"),
        "SELECT * FROM docs WHERE kind < 10 AND tags @> ARRAY['u7']",
    ),
    *_asked(
        index("docs", "place", method="gist"),
        "SELECT * FROM docs WHERE place <@ box '((1,1),(3,3))'",
        "SELECT * FROM docs ORDER BY place <-> point '(5,5)' LIMIT 10",
    ),
    *_asked(index("docs", "area", method="gist"), "SELECT * FROM docs WHERE area && box '((1,1),(30,30))'"),
    *_asked(
        index("docs", "span", method="gist"),
        "SELECT * FROM docs WHERE span @> timestamptz '2024-05-05'",
        "SELECT * FROM docs WHERE span && tstzrange('2024-05-05', '2024-05-06')",
    ),
    *_asked(index("docs", "seats", method="gist"), "SELECT * FROM docs WHERE seats @> 500"),
    *_asked(
        index("docs", "words", method="gist"), "SELECT id FROM docs WHERE words @@ to_tsquery('simple', 'w5 & w17')"
    ),
    *_asked(
        index("docs", by("name", "gist_trgm_ops"), method="gist"),
        "SELECT * FROM docs WHERE name LIKE '%abcd%'",
        "SELECT * FROM docs ORDER BY name <-> 'Mr abc' LIMIT 5",
    ),
    *_asked(index("docs", by("host", "inet_ops"), method="gist"), "SELECT * FROM docs WHERE host <<= '10.1.5.0/24'"),
    *_asked(
        index("docs", "kind", "span", method="gist"),
        "SELECT * FROM docs WHERE kind = 4 AND span @> timestamptz '2024-05-05'",
    ),
    *_asked(
        index("facts", "created", method="gist"),
        "SELECT * FROM facts WHERE created BETWEEN '2023-03-01' AND '2023-03-02'",
    ),
    *_asked(
        index("docs", "place", method="spgist"),
        "SELECT * FROM docs WHERE place <@ box '((1,1),(3,3))'",
        "SELECT * FROM docs ORDER BY place <-> point '(5,5)' LIMIT 10",
    ),
    *_asked(
        index("docs", by("place", "kd_point_ops"), method="spgist"),
        "SELECT * FROM docs WHERE place <@ box '((1,1),(3,3))'",
    ),
    *_asked(index("docs", "area", method="spgist"), "SELECT * FROM docs WHERE area && box '((1,1),(30,30))'"),
    *_asked(index("docs", "span", method="spgist"), "SELECT * FROM docs WHERE span @> timestamptz '2024-05-05'"),
    *_asked(
        index("facts", "name", method="spgist"),
        "SELECT * FROM facts WHERE name ^@ 'abcd'",
        "SELECT * FROM facts WHERE name = 'abcd'",
    ),
    *_asked(index("facts", "city", method="spgist"), "SELECT * FROM facts WHERE city = 'city3-5'"),
    *_asked(index("docs", "host", method="spgist"), "SELECT * FROM docs WHERE host = '10.1.5.6'"),
    *_asked(index("facts", "uniform", method="hash"), "SELECT * FROM facts WHERE uniform = 5"),
    *_asked(index("facts", "thousand", method="hash"), "SELECT * FROM facts WHERE thousand = 5"),
    *_asked(index("facts", "country", method="hash"), "SELECT * FROM facts WHERE country = 'country5'"),
    *_asked(
        index("big", "owner", method="hash"),
        "SELECT * FROM big WHERE owner = 5",
        "SELECT count(*) FROM small s JOIN big b ON b.owner = s.id WHERE s.number = 4",
    ),
    *_asked(
        index("facts", "created", method="brin"),
        "SELECT * FROM facts WHERE created BETWEEN '2023-03-01' AND '2023-03-02'",
        "SELECT count(*) FROM facts WHERE created > '2023-08-20'",
    ),
    *_asked(
        index("facts", "created", method="brin", options=("pages_per_range=8",)),
        "SELECT * FROM facts WHERE created BETWEEN '2023-03-01' AND '2023-03-02'",
    ),
    *_asked(index("facts", "created", "id", method="brin"), "SELECT * FROM facts WHERE id BETWEEN 5 AND 500"),
    *_asked(
        index("facts", by("created", "timestamptz_minmax_multi_ops"), method="brin"),
        "SELECT * FROM facts WHERE created BETWEEN '2023-03-01' AND '2023-03-02'",
    ),
    *_asked(
        index("facts", by("email", "text_bloom_ops"), method="brin"),
        "SELECT * FROM facts WHERE email = 'user7@example9.com'",
    ),
    *_asked(index("docs", "span", method="brin"), "SELECT * FROM docs WHERE span @> timestamptz '2024-05-05'"),
    *_asked(
        index("docs", "area", method="brin", options=("pages_per_range=4",)),
        "SELECT * FROM docs WHERE area && box '((1,1),(3,3))'",
    ),
    *_asked(index("docs", "host", method="brin"), "SELECT * FROM docs WHERE host <<= '10.1.5.0/24'"),
    *_asked(
        index("big", "at", method="brin", options=("pages_per_range=1",)),
        "SELECT count(*) FROM big WHERE at BETWEEN '2024-02-02' AND '2024-02-03'",
    ),
    *_asked(index("parts", "at", method="brin"), "SELECT * FROM parts WHERE at = '2024-03-03'"),
]
