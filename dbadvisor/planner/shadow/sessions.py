"""As whom a statement is planned: the settings, search_path and row security of the role that ran it."""

import re
from collections.abc import Collection, Iterator

from dbadvisor.model.objects import RoleSetting
from dbadvisor.model.snapshot import Snapshot, Table
from dbadvisor.planner.shadow.seeds import stand_in

PLANNING = frozenset(
    "work_mem hash_mem_multiplier temp_buffers effective_cache_size effective_io_concurrency seq_page_cost"
    " random_page_cost maintenance_io_concurrency max_parallel_workers max_parallel_workers_per_gather"
    " parallel_leader_participation debug_parallel_query force_parallel_mode parallel_setup_cost parallel_tuple_cost"
    " min_parallel_table_scan_size min_parallel_index_scan_size constraint_exclusion cursor_tuple_fraction"
    " from_collapse_limit join_collapse_limit recursive_worktable_factor default_text_search_config"
    " TimeZone DateStyle IntervalStyle".split()
)
"""Settings that planning reads, beside enable_*, geqo* and cpu_*: what pg_settings_get_flags calls EXPLAIN (15+),
less JIT and plan_cache_mode, which we choose, plus those that the meaning of literals hangs on."""

BYPASS = "shadow_bypass"
"""The role that no policy binds."""

Setting = tuple[str, str]


def is_planning(name: str) -> bool:
    """Whether the setting may change a plan."""
    return name in PLANNING or name.startswith(("enable_", "geqo", "cpu_"))


def may_start_with(name: str) -> bool:
    """Whether a role's sessions take the setting over."""
    return is_planning(name) or name == "search_path"


class Sessions:
    """What a session of each role starts with.

    `stand_ins` are the roles that exist on the shadow under production's names; without row security there are none.
    """

    def __init__(self, snapshot: Snapshot, stand_ins: Collection[str] = ()) -> None:
        self._snapshot = snapshot
        self._stand_ins = frozenset(stand_ins)
        self._roles = {role.name: role for role in snapshot.roles}
        self._secured = [table for table in snapshot.tables if table.row_security]
        self._parameters = dict(_parameters(snapshot))

    def settings(self, role: str | None) -> tuple[Setting, ...]:
        """Settings of the transaction in which the role's statements are planned, the role itself last."""
        own = {setting.name: setting.value for setting in self._of(role)} if role else {}
        chosen = [(name, _with_user(value, role)) for name, value in own.items()]
        if self._secured:
            chosen += [*self._parameters.items(), ("role", self._acting(role))]
        return tuple(chosen)

    def _of(self, role: str | None) -> Iterator[RoleSetting]:
        """The role's own settings; those for this database come last, and win."""
        mine = [setting for setting in self._snapshot.role_settings if setting.role == role]
        for setting in sorted(mine, key=lambda setting: setting.here):
            if may_start_with(setting.name):
                yield setting

    def _acting(self, role: str | None) -> str:
        """The stand-in of the role; of one that no policy binds, or that is not known, the one that bypasses them."""
        known = self._roles.get(role or "")
        if known is None or known.bypasses or known.name not in self._stand_ins:
            return BYPASS
        owns_all = all(table.owner == role and not table.row_security_forced for table in self._secured)
        return BYPASS if owns_all else known.name


_PARAMETER = re.compile(
    r"""(?:(?P<column>\w+|"[^"]+")\ =\ )?      # what it is compared with
    [(]*(?:NULLIF[(]+)?
    current_setting[(]'(?P<name>\w+[.][\w.]+)'""",
    re.VERBOSE,
)


def _parameters(snapshot: Snapshot) -> Iterator[Setting]:
    """Parameters that policies ask the session for (whose tenant it is), each with a value as a session would set it.

    Planning a policy's condition reads them. The value is one that is common in the column that it is compared with.
    """
    tables = {table.name: table for table in snapshot.tables}
    for policy in snapshot.policies:
        for found in _PARAMETER.finditer(f"{policy.using or ''} {policy.check or ''}"):
            yield found["name"], _common(tables.get(policy.table), (found["column"] or "").strip('"'))


def _common(table: Table | None, name: str) -> str:
    column = table.column(name) if table else None
    if column is None:
        return "1"
    known = column.statistics
    values = (known.most_common_vals or known.histogram_bounds or ()) if known else ()
    return values[len(values) // 2] if values else stand_in(column)


def _with_user(value: str, role: str | None) -> str:
    return value.replace('"$user"', f'"{role}"') if role else value
