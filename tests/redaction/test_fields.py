"""Every field that can hold text is either replaced or known to hold names and words of PostgreSQL's only."""

import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from dbadvisor.model.snapshot import Snapshot

REPLACED = {
    "Check": "definition",
    "Column": "default minimum maximum",
    "ColumnStatistics": "most_common_vals histogram_bounds most_common_elems range_bounds",
    "ExtendedStatistics": "definition data",
    "Function": "arguments definition",
    "Horizon": "name",
    "IndexDefinition": "where",
    "IndexKey": "expression",
    "Policy": "using check",
    "Sample": "sql values",
    "SchemaObject": "sql",
    "Session": "application query",
    "Setting": "value",
    "Statement": "text unplannable",
    "Table": "partition_key bound definition",
    "UserType": "labels checks",
    "View": "definition",
}
STAYS = {
    "Check": "name",
    "Column": "name type collation generated identity options typalign base_type",
    "ExtendedStatistics": "",
    "Extension": "name schema version",
    "ForeignKey": "name columns referenced_columns on_delete on_update",
    "ForeignOptions": "server wrapper server_options options columns",
    "Function": "returns language volatility parallel",
    "Gap": "key what why cure",
    "Horizon": "kind",
    "Index": "constraint constraint_name tablespace",
    "IndexDefinition": "include method options",
    "IndexKey": "column opclass collation",
    "Name": "schema name",
    "OperatorClass": "name method type key_type operators functions",
    "Policy": "name command roles",
    "Probe": "kind column plan",
    "Role": "name member_of",
    "RoleSetting": "name value role",
    "Sample": "label source",
    "SchemaObject": "kind name",
    "Sequence": "type owned_by",
    "Server": "version database system_identifier encoding collation ctype locale_provider role powers",
    "Session": "user state wait_event_type wait_event",
    "Setting": "name unit source",
    "Snapshot": "taken_at search_path schemas",
    "Statement": "fingerprint kind source role",
    "Table": "kind persistence owner options tablespace access_method replica_identity",
    "Tablespace": "name options",
    "UserType": "kind base attributes subtype_diff subtype_collation subtype_opclass",
    "View": "options",
}
"""Names, which stay, PostgreSQL's own words, and settings that only the planner's names have."""


def _within(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in typing.get_args(hint):
        yield from _within(inner)


def _text_fields(record: type, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """The fields in which text may be, of the record and of those in it, by the record's name."""
    if record.__name__ in found:
        return found
    hints = typing.get_type_hints(record)
    found[record.__name__] = {field.name for field in fields(record) if str in _within(hints[field.name])}
    for hint in hints.values():
        for inner in _within(hint):
            if is_dataclass(inner) and isinstance(inner, type):
                _text_fields(inner, found)
    return found


def test_of_every_field_it_was_decided_whether_it_holds_values() -> None:
    for record, names in _text_fields(Snapshot, {}).items():
        decided = f"{REPLACED.get(record, '')} {STAYS.get(record, '')}".split()
        assert names - set(decided) - {"name"} == set(), f"{record}: does it hold users' values? see redaction"
