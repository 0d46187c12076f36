"""Rows about the server and its doings to the model's nouns."""

import re
from collections.abc import Mapping

from dbadvisor.collector.answers import Answers
from dbadvisor.collector.session import Row
from dbadvisor.model.objects import RoleSetting
from dbadvisor.model.snapshot import Horizon, Server, Session, Setting
from dbadvisor.model.workload import Window
from dbadvisor.sqltext.fingerprint import redact

_POWERS = {"superuser": "superuser", "replication": "REPLICATION", "bypassrls": "BYPASSRLS", "createrole": "CREATEROLE"}
_PATH_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,"\s]+))\s*(?:,|$)')


def build_server(answers: Answers) -> Server:
    """The server, and what the role could do that reading does not need."""
    row = {name: value for name, value in answers.one("server").items() if name not in ("product", "backend_pid")}
    powers = answers.one("powers")
    return Server(
        pooled=answers.pooled,
        system_identifier=answers.one("identity").get("system_identifier"),
        powers=tuple(word for field, word in _POWERS.items() if powers.get(field))
        + tuple(powers.get("memberships", ())),
        writable_tables=powers.get("writable_tables", 0),
        **row,
    )


def build_window(answers: Answers) -> Window:
    """Since when things are counted."""
    statements = answers.one("statements_window")
    return Window(
        statements_seconds=statements.get("statements_seconds"),
        tables_seconds=answers.one("window").get("tables_seconds"),
        evicted=statements.get("evicted", 0),
    )


def settings(answers: Answers) -> tuple[Setting, ...]:
    """All that were read, by name, as a role without settings of its own has them."""
    here = {row["name"]: row["value"] for row in answers.rows["role_settings"] if row["role"] is None}
    return tuple(_setting(row, here) for row in answers.rows["settings"])


def _setting(row: Row, here: Mapping[str, str]) -> Setting:
    """What only our own role starts with is not what applications see; what the server would say else is not known."""
    boot = row["boot"]
    fields = {name: value for name, value in row.items() if name != "boot"}
    if row["source"] not in ("user", "database user"):
        return Setting(**fields)
    known = here.get(row["name"])
    return Setting(
        row["name"], boot if known is None else known, row["unit"], "default" if known is None else "database"
    )


def role_settings(answers: Answers) -> tuple[RoleSetting, ...]:
    """What roles and this database start with."""
    return tuple(RoleSetting(**row) for row in answers.rows["role_settings"])


def search_path(answers: Answers) -> tuple[str, ...]:
    """The schemas of unqualified names: the database's path, else the server's, then what single roles add.

    Which role ran a statement is not known after merging, so the roles' own paths are searched last.
    `"$user"` stands for every schema that is named like a role. Schemas that do not exist are left out.
    """
    found = [row for row in answers.rows["role_settings"] if row["name"] == "search_path"]
    general = [row["value"] for row in found if row["role"] is None]
    ours = answers.one("server")["role"]
    default = next((setting.value for setting in settings(answers) if setting.name == "search_path"), "")
    paths = [general[0] if general else default]
    paths += [row["value"] for row in found if row["role"] not in (None, ours)]
    existing = [row["name"] for row in answers.rows["schemas"]]
    users = [row["name"] for row in answers.rows["user_schemas"]]
    wanted = [
        schema for path in paths for item in path_items(path) for schema in (users if item == "$user" else [item])
    ]
    return tuple(schema for schema in dict.fromkeys(wanted) if schema in existing)


def path_items(path: str) -> list[str]:
    """The names in a search_path.

    >>> path_items('"$user", public,"My Schema"')
    ['$user', 'public', 'My Schema']
    """
    return [
        quoted.replace('""', '"') if quoted else plain.lower()
        for quoted, plain in (match.groups(default="") for match in _PATH_ITEM.finditer(path))
    ]


def sessions(answers: Answers) -> tuple[Session, ...]:
    """What runs now, without anybody's values."""
    return tuple(
        Session(**{**row, "query": _shown(row["query"]), "blocked_by": tuple(row["blocked_by"])})
        for row in answers.rows["sessions"]
    )


def _shown(query: str) -> str:
    return query if not query or query.startswith("<") else redact(query)


def horizons(answers: Answers) -> tuple[Horizon, ...]:
    """What holds back vacuum or the removal of log, sessions aside."""
    return tuple(Horizon(**row) for row in answers.rows["horizons"])
