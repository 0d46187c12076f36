"""`dbadvisor analyze`: the main job."""

from pathlib import Path
from typing import Annotated

import typer

from dbadvisor.cli import target as targets
from dbadvisor.cli.output import Format, deliver, exit_code, write_snapshot
from dbadvisor.cli.progress import progress
from dbadvisor.settings import FailOn, PlannerChoice, Settings, parse_budget, parse_limits, parse_only

_LIMITS = Settings().limits

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="[TARGET]",
        help="postgresql:// URL, libpq service or .dbsnap file; else DATABASE_URL or PG* variables.",
        show_default=False,
    ),
]
Workload = Annotated[
    Path | None,
    typer.Option(help="A .sql file, or a folder of them, that stands for the workload.", metavar="PATH"),
]
Logs = Annotated[
    list[Path] | None,
    typer.Option("--log", help="A server log (stderr, csvlog or jsonlog) to take statements and values from."),
]
Audit = Annotated[
    Path | None, typer.Option("--audit-log", help="Write every statement sent to the server to this file.")
]
SaveSnapshot = Annotated[
    Path | None,
    typer.Option(
        "--save-snapshot",
        help="Keep what was seen in this .dbsnap file, from which analyze makes the same report again.",
    ),
]
Offline = Annotated[
    bool,
    typer.Option("--offline", envvar="DBADVISOR_OFFLINE", help="Download nothing: plan with a server that is here."),
]
MaxIndexes = Annotated[
    int | None, typer.Option(envvar="DBADVISOR_MAX_INDEXES", metavar="N", help="How many new indexes at most.")
]
MaxPerTable = Annotated[
    int | None,
    typer.Option(envvar="DBADVISOR_MAX_PER_TABLE", metavar="N", help="How many new indexes on one table at most."),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        envvar="DBADVISOR_TIME_LIMIT",
        metavar="SECONDS",
        help="How long the choice of indexes may take; the best set by then is reported.",
    ),
]
MaxRegression = Annotated[
    float,
    typer.Option(
        envvar="DBADVISOR_MAX_REGRESSION",
        metavar="RATIO",
        help="No noteworthy statement's planned cost may grow by more than this: 1.05 is 5 %.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
Out = Annotated[Path | None, typer.Option(help="Write the result to this file instead of stdout.")]


def analyze(
    target: Target = None,
    form: Annotated[
        Format, typer.Option("--format", envvar="DBADVISOR_FORMAT", help="How to print it.")
    ] = Format.TERMINAL,
    out: Out = None,
    budget: Annotated[
        str | None,
        typer.Option(envvar="DBADVISOR_BUDGET", metavar="SIZE|SHARE", help="Disk for new indexes: 1000MB, 2GB or 10%."),
    ] = None,
    max_indexes: MaxIndexes = None,
    max_per_table: MaxPerTable = None,
    max_regression: MaxRegression = _LIMITS.max_regression,
    time_limit: TimeLimit = _LIMITS.time_limit,
    workload: Workload = None,
    log: Logs = None,
    only: Annotated[
        str | None, typer.Option(metavar="FAMILIES", help="Only these rule families, such as index,query,upkeep.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(envvar="DBADVISOR_FAIL_ON", help="Exit with 1 when a finding is at least this severe.")
    ] = FailOn.WARNING,
    planner: Annotated[
        PlannerChoice,
        typer.Option(
            envvar="DBADVISOR_PLANNER", help="Who answers what-if questions: a local shadow, or HypoPG there."
        ),
    ] = PlannerChoice.SHADOW,
    allow_powerful_role: Annotated[
        bool, typer.Option("--allow-powerful-role", help="Let EXPLAIN run on the server under a superuser or its like.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option(
            envvar="DBADVISOR_KEEP",
            help="Keep the shadow of a large schema, with its statistics' values, in the cache for the next run.",
        ),
    ] = True,
    audit_log: Audit = None,
    save_snapshot: SaveSnapshot = None,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Collect, think, ask what-if, and report.

    Exit code: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 refused for safety, 4 database lost.
    """
    settings = Settings(
        budget=parse_budget(budget),
        limits=parse_limits(max_indexes, max_per_table, time_limit, max_regression),
        workload=workload,
        logs=tuple(log or ()),
        only=parse_only(only),
        planner=planner,
        allow_powerful_role=allow_powerful_role,
        audit=audit_log,
        offline=offline,
        keep=keep,
    )
    where = targets.resolve(target)
    if save_snapshot:
        targets.check_snapshot_name(save_snapshot)
    from dbadvisor import pipeline

    with progress(quiet=quiet) as tell:
        seen = pipeline.look(where, settings, tell)
        if save_snapshot:
            write_snapshot(save_snapshot, seen)
        report = pipeline.analyze_snapshot(seen, where, settings, tell)
    deliver(report, form, out)
    raise typer.Exit(exit_code(report, fail_on))
