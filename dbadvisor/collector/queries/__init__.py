"""The collector's questions: plain SQL files, each with what it needs and why it is asked.

`<name>.sql` is the question for the oldest version, `<name>@<version>.sql` a whole other text from that
version on. The first line says of what: `-- needs: postgres 16` or `-- needs: pg_stat_statements 1.9`, as the
columns of an extension's views follow the extension's version, not the server's. Column names are those of
the model's fields.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Version = tuple[int, ...]

_HEADER = re.compile(r"-- needs: (?P<product>\w+) (?P<version>[\d.]+)\n-- asks: (?P<asks>.+)\n")


@dataclass(frozen=True, slots=True)
class Query:
    """One question in the form for one range of versions."""

    name: str
    product: str
    """postgres or an extension's name."""
    since: Version
    """The oldest version of the product that it works with."""
    asks: str
    sql: str
    """The text that is sent, with `$n`; marked as ours by a comment that pg_stat_statements keeps."""

    def within(self, schema: str) -> "Query":
        """The same question to an extension in the given schema (SQL text)."""
        return Query(self.name, self.product, self.since, self.asks, self.sql.replace("{schema}", schema))


MARK = "/* dbadvisor"
"""How each of our texts is known again."""


def version(text: str) -> Version:
    """`1.10` as (1, 10)."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


@cache
def all_queries() -> tuple[Query, ...]:
    """Every file, by name and version."""
    found = [
        _read(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files(__package__).iterdir()
        if file.name.endswith(".sql")
    ]
    return tuple(sorted(found, key=lambda query: (query.name, query.since)))


def question(name: str, versions: Mapping[str, Version]) -> Query | None:
    """The newest form of a question that these versions of the products can answer; None when there is none."""
    forms = [query for query in all_queries() if query.name == name]
    if not forms:
        raise LookupError(name)
    fit = [query for query in forms if versions.get(query.product, ()) >= query.since]
    return fit[-1] if fit else None


def needed(name: str, versions: Mapping[str, Version]) -> Query:
    """As `question`, of one that every supported server can answer."""
    found = question(name, versions)
    if found is None:
        raise LookupError(f"{name} cannot be asked of {versions}")
    return found


def _read(stem: str, text: str) -> Query:
    header = _HEADER.match(text)
    if header is None:
        raise ValueError(f"{stem}.sql lacks its `-- needs:` and `-- asks:` lines")
    name, _, _ = stem.partition("@")
    sql = text[header.end() :].strip()
    first = sql.split(maxsplit=1)[0]
    # behind the first word, because PostgreSQL 18 cuts a leading comment off what pg_stat_statements keeps
    marked = f"{first} {MARK}: {name} */{sql[len(first) :]}"
    return Query(name, header["product"], version(header["version"]), header["asks"], marked)
