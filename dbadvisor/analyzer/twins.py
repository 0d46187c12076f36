"""Indexes that say the same as others: which could go, and which would do their work."""

from collections import defaultdict
from dataclasses import replace

from dbadvisor.analyzer.facts import Facts
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Index


def scans(facts: Facts, index: Index) -> int:
    """Scans of the index; of a partitioned one, its partitions' together."""
    return index.scans + sum(scans(facts, part) for part in parts(facts, index.name))


def blocks(facts: Facts, index: Index) -> int:
    """Blocks of the index; of a partitioned one, its partitions' together."""
    return index.size_blocks + sum(blocks(facts, part) for part in parts(facts, index.name))


def parts(facts: Facts, name: Name) -> tuple[Index, ...]:
    """The indexes of partitions that are attached to a partitioned index."""
    return facts.catalog.attached_to(name)


def planned_with(facts: Facts, index: Index) -> bool:
    """Whether a plan of the workload uses the index, whatever the counters say."""
    names = {index.name.name, *(part.name.name for part in parts(facts, index.name))}
    return any(names & pair.plan.indexes for fingerprint in facts.shapes for pair in facts.plans(fingerprint))


def duplicates(facts: Facts) -> tuple[tuple[Index, Index], ...]:
    """(index that could go, index that stays) for every index that says exactly what another one says.

    A plain index also duplicates a unique one with the same keys. Of each group one stays: what a constraint or
    anything else hangs on, then a unique one, then the most scanned, then the oldest.
    """
    groups: dict[IndexDefinition, list[Index]] = defaultdict(list)
    for index in facts.snapshot.indexes:
        if index.valid and index.ready and index.parent is None:
            groups[_sameness(index.definition)].append(index)
    pairs: list[tuple[Index, Index]] = []
    for group in groups.values():
        stays, *others = sorted(group, key=lambda index: _worth(facts, index))
        pairs += [(index, stays) for index in others if _free(facts, index, stays)]
    return tuple(pairs)


def _sameness(definition: IndexDefinition) -> IndexDefinition:
    return replace(definition, options=(), unique=False, nulls_not_distinct=False)


def _worth(facts: Facts, index: Index) -> tuple[bool, bool, bool, int, int]:
    held = bool(index.constraint or index.replica_identity or index.clustered)
    return (index.constraint is None, not held, not index.definition.unique, -scans(facts, index), index.oid)


def _free(facts: Facts, index: Index, stays: Index) -> bool:
    """Whether the index may go while the other stays: nothing hangs on it that the other would not hold as well."""
    if index.droppable:
        return True
    if index.constraint or index.replica_identity or index.clustered:
        return False
    same = stays.definition.unique and stays.definition.nulls_not_distinct == index.definition.nulls_not_distinct
    return same and not referenced_by_key(facts, index)


def referenced_by_key(facts: Facts, index: Index) -> bool:
    """Whether a foreign key may hang on the unique index."""
    columns = set(index.definition.columns)
    return any(set(key.referenced_columns) == columns for key in facts.catalog.foreign_keys_to(index.definition.table))


def redundant(facts: Facts) -> tuple[tuple[Index, Index], ...]:
    """(index that could go, wider index) for every index whose keys another one begins with; duplicates left out."""
    gone = {index.name for index, _ in duplicates(facts)}
    candidates = [index for index in facts.snapshot.indexes if index.valid and index.ready and index.parent is None]
    pairs: dict[Name, tuple[Index, Index]] = {}
    for index in candidates:
        if not index.droppable or index.name in gone:
            continue
        wider = [
            other
            for other in candidates
            if other.definition.table == index.definition.table
            and other.name not in gone
            and _begins_with(other.definition, index.definition)
        ]
        if wider:
            pairs[index.name] = (
                index,
                min(wider, key=lambda other: (other.droppable, blocks(facts, other), other.oid)),
            )
    return tuple(_to_the_end(pairs, index, wider) for index, wider in pairs.values())


def _to_the_end(pairs: dict[Name, tuple[Index, Index]], index: Index, wider: Index) -> tuple[Index, Index]:
    """The wider index that is not itself one that could go: (a) and (a, b) both rest on (a, b, c)."""
    while wider.name in pairs:
        wider = pairs[wider.name][1]
    return index, wider


def _begins_with(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    if wide.method != "btree" or wide.where != narrow.where or _sameness(wide) == _sameness(narrow):
        return False
    if narrow.method == "hash":
        return len(narrow.keys) == 1 and _subject(wide.keys[0]) == _subject(narrow.keys[0])
    if narrow.method != "btree" or len(narrow.keys) > len(wide.keys):
        return False
    head = wide.keys[: len(narrow.keys)]
    carried = {*wide.include, *wide.columns}
    return set(narrow.include) <= carried and (head == narrow.keys or head == tuple(map(_reversed, narrow.keys)))


def _subject(key: IndexKey) -> tuple[str, str | None]:
    return key.subject, key.collation


def _reversed(key: IndexKey) -> IndexKey:
    return replace(key, descending=not key.descending, nulls_first=not key.nulls_first)


def covers_foreign_key(facts: Facts, index: Index) -> bool:
    """Whether a foreign key's columns are led by this index and by no other usable one."""
    table = index.definition.table
    return any(facts.serving(table, key.columns) == (index,) for key in facts.catalog.foreign_keys_of(table))
