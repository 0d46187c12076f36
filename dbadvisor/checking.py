"""Doubt: does the shadow plan the workload as the server itself does? The only job that explains statements there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dbadvisor.collector.collect import collect_from, read_executions
from dbadvisor.collector.explained import Question, explain_there, unfit
from dbadvisor.collector.samples import with_samples
from dbadvisor.collector.session import ReadOnlySession
from dbadvisor.errors import RefusedForSafety, UsageError
from dbadvisor.model.agreement import Agreement, Pair, Skipped, agree
from dbadvisor.model.names import quote
from dbadvisor.model.plan import Plan
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.model.whatif import Unplanned
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.planner.shadow import shadow
from dbadvisor.planner.shadow.sessions import Sessions, is_planning
from dbadvisor.settings import Settings

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One sample of a statement."""

    statement: Statement
    sample: Sample
    question: Question


def check(target: str | Path, settings: Settings, top: int, progress: Progress) -> Agreement:
    """Compares the plans of the `top` most expensive statements' samples, there and on the shadow.

    Raises UsageError for a file, RefusedForSafety for a powerful role that was not allowed, DatabaseLost.
    """
    if isinstance(target, Path):
        raise UsageError(
            f"{target} is a file: there is no server whose plans could be compared", "Give the database itself."
        )
    executions, gaps = read_executions(settings.workload, settings.logs, progress)
    progress("connecting")
    with ReadOnlySession(target, audit=settings.audit) as session:
        seen = with_samples(collect_from(session, executions, gaps, progress))
        _refuse_power(seen, allowed=settings.allow_powerful_role)
        asked = tuple(_asked(seen, top))
        progress(f"explaining {len(asked)} statements on the server")
        there = explain_there(session, [each.question for each in asked])
    with shadow(seen, progress=progress) as planner:
        progress("planning the same on the shadow")
        here = [planner.explain([each.sample.sql], role=each.statement.role)[0] for each in asked]
    return _compared(seen, asked, there, here, top)


def _refuse_power(seen: Snapshot, *, allowed: bool) -> None:
    if seen.server.powers and not allowed:
        raise RefusedForSafety(
            f"planning on the server runs the users' functions, and this role is {seen.server.powers[0]}",
            "Connect as an ordinary role, or give --allow-powerful-role.",
        )


def _asked(seen: Snapshot, top: int) -> list[Asked]:
    """The samples of the most expensive statements, with the session that the application would have."""
    sessions = Sessions(seen)
    general = {setting.name: setting.value for setting in seen.settings if is_planning(setting.name)}
    ours = {setting.name for setting in seen.role_settings if setting.role == seen.server.role}
    base = {name: general[name] for name in ours if name in general}
    base["search_path"] = ", ".join(map(quote, seen.search_path)) or "public"
    asked = []
    for statement in _top(seen, top):
        own = {name: value for name, value in sessions.settings(statement.role) if name != "role"}
        session = tuple(sorted({**base, **own}.items()))
        asked += [Asked(statement, sample, Question(sample.sql, session)) for sample in statement.samples]
    return [each for each in asked if unfit(each.sample.sql) is None]


def _top(seen: Snapshot, top: int) -> list[Statement]:
    rows = [statement for statement in seen.statements if statement.kind != "UTILITY"]
    return sorted(rows, key=lambda statement: (-statement.total_ms, statement.fingerprint))[:top]


def _compared(
    seen: Snapshot,
    asked: tuple[Asked, ...],
    there: list[Plan | Unplanned],
    here: list[Plan | Unplanned],
    top: int,
) -> Agreement:
    secured = {table.name for table in seen.tables if table.row_security}
    pairs: list[Pair] = []
    skipped: dict[str, str] = {}
    for each, one, other in zip(asked, there, here, strict=True):
        fingerprint = each.statement.fingerprint
        if isinstance(one, Unplanned):
            skipped[fingerprint] = one.reason
        elif isinstance(other, Unplanned):
            skipped[fingerprint] = f"the shadow could not plan it: {server_words(other.reason)}"
        elif secured & {node.relation for node in other.nodes()}:
            skipped[fingerprint] = "row security shows our role other rows than the application's"
        else:
            pairs.append(Pair(fingerprint, each.sample.label, one, other))
    compared = {pair.statement for pair in pairs}
    for statement in _top(seen, top):
        if statement.fingerprint not in compared | skipped.keys():
            skipped[statement.fingerprint] = statement.unplannable or "no values for its parameters are known"
    return agree(pairs, [Skipped(*item) for item in skipped.items() if item[0] not in compared])
