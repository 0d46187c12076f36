"""Any number of different statements over the tables of synthetic.py, as applications ask them."""

import random
from collections.abc import Callable

from dbadvisor.sqltext.fingerprint import fingerprint

_MOST_CALLS = 1_000_000
_TRIES = 50
"""How often in a row a statement may turn out to be known already."""


def workload(statements: int, tables: int, seed: int) -> str:
    """A workload file of so many statements with different fingerprints; calls fall as Zipf's law has it.

    Raises ValueError when so few tables do not give so many.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    found: dict[str, str] = {}
    missed = 0
    while len(found) < statements:
        text = chance.choice(_SHAPES)(chance, tables)
        known = fingerprint(text) in found
        missed = missed + 1 if known else 0
        if missed > _TRIES:
            raise ValueError(f"{tables} tables do not give {statements} different statements")
        if not known:
            found[fingerprint(text)] = text
    texts = list(found.values())
    chance.shuffle(texts)
    lines = [f"-- calls: {max(1, _MOST_CALLS // rank)}\n{text};\n" for rank, text in enumerate(texts, 1)]
    return "".join(lines)


def _conditions(chance: random.Random, alias: str, most: int) -> list[str]:
    """One to so many conditions, each on another column."""
    day, number = chance.randint(1, 28), chance.randint(0, 99)
    possible = {
        "a": f"{alias}a = {number * 1000}",
        "b": chance.choice((f"{alias}b = 'v{number % 50:03d}'", f"{alias}b IN ('v{number % 50:03d}', 'v001')")),
        "c": chance.choice(
            (f"{alias}c >= '2024-02-{day:02d}'", f"{alias}c BETWEEN '2024-03-01' AND '2024-03-{day:02d}'")
        ),
        "d": chance.choice((f"{alias}d = {number * 700}", f"{alias}d > {90_000 + number}")),
    }
    return [possible[column] for column in chance.sample(sorted(possible), chance.randint(1, most))]


def _table(chance: random.Random, tables: int) -> str:
    return f"t{chance.randrange(tables)}"


def _look_up(chance: random.Random, tables: int) -> str:
    columns = chance.choice(("*", "id", "id, d", "a, b, c"))
    return f"SELECT {columns} FROM {_table(chance, tables)} WHERE {' AND '.join(_conditions(chance, '', 3))}"


def _newest(chance: random.Random, tables: int) -> str:
    order = chance.choice(("c DESC", "c", "d DESC", "a, c DESC"))
    conditions = " AND ".join(_conditions(chance, "", 2))
    return f"SELECT id, c FROM {_table(chance, tables)} WHERE {conditions} ORDER BY {order} LIMIT 20"


def _group(chance: random.Random, tables: int) -> str:
    key = chance.choice(("a", "b", "a, b"))
    what = chance.choice(("count(*)", "sum(d)", "max(c)"))
    conditions = " AND ".join(_conditions(chance, "", 2))
    return f"SELECT {key}, {what} FROM {_table(chance, tables)} WHERE {conditions} GROUP BY {key}"


def _join(chance: random.Random, tables: int) -> str:
    """Two to four tables; each row points to one of the next table."""
    count = chance.randint(2, 4)
    text = f"SELECT x0.id, x{count - 1}.d FROM {_table(chance, tables)} x0"
    for number in range(1, count):
        text += f" JOIN {_table(chance, tables)} x{number} ON x{number}.id = x{number - 1}.a"
    conditions = _conditions(chance, "x0.", 2) + _conditions(chance, f"x{count - 1}.", 1)
    return f"{text} WHERE {' AND '.join(conditions)}"


def _change(chance: random.Random, tables: int) -> str:
    return f"UPDATE {_table(chance, tables)} SET d = d + 1 WHERE {' AND '.join(_conditions(chance, '', 2))}"


_SHAPES: tuple[Callable[[random.Random, int], str], ...] = (
    *(_look_up,) * 3,
    *(_newest,) * 2,
    *(_group,) * 2,
    *(_join,) * 3,
    _change,
)
"""How a statement is made, as often as it comes."""
