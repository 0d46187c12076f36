"""Look-ups over a snapshot, worked out once: what every room asks of the schema."""

from collections import defaultdict
from functools import cached_property

from dbadvisor.model.names import Name
from dbadvisor.model.objects import Function
from dbadvisor.model.snapshot import ForeignKey, Index, Snapshot, Table, View


class Catalog:
    """The schema of one snapshot by name. Built lazily; the snapshot never changes under it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def tables(self) -> dict[Name, Table]:
        """All tables, partitioned tables, materialized views and foreign tables."""
        return {table.name: table for table in self.snapshot.tables}

    @cached_property
    def indexes(self) -> dict[Name, Index]:
        """All indexes by their own names."""
        return {index.name: index for index in self.snapshot.indexes}

    @cached_property
    def _indexes_of(self) -> dict[Name, tuple[Index, ...]]:
        groups: dict[Name, list[Index]] = defaultdict(list)
        for index in self.snapshot.indexes:
            groups[index.definition.table].append(index)
        return {table: tuple(indexes) for table, indexes in groups.items()}

    def indexes_of(self, table: Name) -> tuple[Index, ...]:
        """The table's own indexes (not its partitions')."""
        return self._indexes_of.get(table, ())

    @cached_property
    def _attached(self) -> dict[Name, tuple[Index, ...]]:
        groups: dict[Name, list[Index]] = defaultdict(list)
        for index in self.snapshot.indexes:
            if index.parent is not None:
                groups[index.parent].append(index)
        return {name: tuple(indexes) for name, indexes in groups.items()}

    def attached_to(self, name: Name) -> tuple[Index, ...]:
        """The indexes of partitions that are attached to a partitioned index."""
        return self._attached.get(name, ())

    @cached_property
    def views(self) -> dict[Name, View]:
        """Views by name."""
        return {view.name: view for view in self.snapshot.views}

    @cached_property
    def _children(self) -> dict[Name, tuple[Table, ...]]:
        groups: dict[Name, list[Table]] = defaultdict(list)
        for table in self.snapshot.tables:
            if table.parent:
                groups[table.parent].append(table)
        return {parent: tuple(tables) for parent, tables in groups.items()}

    def children(self, table: Name) -> tuple[Table, ...]:
        """Direct partitions or inheriting tables."""
        return self._children.get(table, ())

    def root(self, table: Name) -> Name:
        """The topmost partitioned table, or the table itself."""
        seen = {table}
        while (found := self.tables.get(table)) and found.parent and found.bound and found.parent not in seen:
            table = found.parent
            seen.add(table)
        return table

    def leaves(self, table: Name) -> tuple[Table, ...]:
        """The tables that hold rows: the table itself or all partitions below it."""
        found = self.tables.get(table)
        if found is None:
            return ()
        if found.kind != "p":
            return (found,)
        return tuple(leaf for child in self.children(table) for leaf in self.leaves(child.name))

    def rows(self, table: Name) -> float:
        """Estimated rows of a table with its partitions; 0 when unknown."""
        return sum(max(0.0, leaf.rows) for leaf in self.leaves(table))

    def blocks(self, table: Name) -> int:
        """Heap blocks of a table with its partitions."""
        return sum(leaf.size_blocks for leaf in self.leaves(table))

    @cached_property
    def _foreign_keys_from(self) -> dict[Name, tuple[ForeignKey, ...]]:
        groups: dict[Name, list[ForeignKey]] = defaultdict(list)
        for key in self.snapshot.foreign_keys:
            groups[key.table].append(key)
        return {table: tuple(keys) for table, keys in groups.items()}

    def foreign_keys_of(self, table: Name) -> tuple[ForeignKey, ...]:
        """Foreign keys declared on the table."""
        return self._foreign_keys_from.get(table, ())

    def foreign_keys_to(self, table: Name) -> tuple[ForeignKey, ...]:
        """Foreign keys of other tables that reference the table."""
        return tuple(key for key in self.snapshot.foreign_keys if key.referenced == table)

    @cached_property
    def _functions(self) -> dict[str, tuple[Function, ...]]:
        groups: dict[str, list[Function]] = defaultdict(list)
        for function in self.snapshot.functions:
            groups[function.name.name].append(function)
        return {name: tuple(functions) for name, functions in groups.items()}

    def functions_named(self, name: str) -> tuple[Function, ...]:
        """The users' functions of that (unqualified) name; built-in ones are not listed."""
        return self._functions.get(name, ())

    def resolve(self, schema: str | None, name: str) -> Name | None:
        """The table or view that a name in a statement means, by the workload's search path."""
        schemas = (schema,) if schema else self.snapshot.search_path
        for candidate in (Name(found, name) for found in schemas):
            if candidate in self.tables or candidate in self.views:
                return candidate
        return None

    def has_extension(self, name: str) -> bool:
        """Whether the extension is created in the database."""
        return any(extension.name == name for extension in self.snapshot.extensions)
