import pytest

from dbadvisor.collector.examples import example
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, ColumnStatistics, Server, Snapshot, Table
from dbadvisor.model.workload import Statement

PERSON = Name("public", "person")


def column(number: int, name: str, type_: str, *, common: tuple[str, ...] = (), bounds: tuple[str, ...] = ()) -> Column:
    share = 0.4 if len(common) < 3 else 0.0001
    statistics = ColumnStatistics(
        0.0,
        8,
        -0.5,
        most_common_vals=common or None,
        most_common_freqs=tuple(share for _ in common) or None,
        histogram_bounds=bounds or None,
    )
    return Column(name, number, type_, base_type=type_, statistics=statistics)


CATALOG = Catalog(
    Snapshot(
        "t",
        Server(180000, "18", "d"),
        tables=(
            Table(
                1,
                PERSON,
                "r",
                (
                    column(1, "id", "bigint", bounds=("1", "456789", "999999")),
                    column(2, "email", "text", bounds=("ann@secret.org", "bob@secret.org", "eve@secret.org")),
                    column(3, "state", "text", common=("active", "gone")),
                    column(4, "city", "text", common=("Tinytown", "Smallville", "Nowhere")),
                    column(
                        5, "born", "timestamp with time zone", bounds=tuple(f"2001-0{i}-03 04:05:06+00" for i in "123")
                    ),
                ),
                rows=100_000,
            ),
        ),
    )
)


def shown(text: str, original: str | None = None) -> str:
    return example(text, Statement("f", original or text, "SELECT", calls=1, rows=1), CATALOG)


@pytest.mark.parametrize(
    ("text", "runnable"),
    [
        ("SELECT * FROM person WHERE id = $1", "SELECT * FROM person WHERE id = 457000"),
        ("SELECT * FROM person WHERE state = $1", "SELECT * FROM person WHERE state = 'gone'"),
        ("SELECT * FROM person WHERE born >= $1", "SELECT * FROM person WHERE born >= '2001-03-03 04:00:00+00'"),
    ],
)
def test_numbers_times_and_categories_are_shown_blurred(text: str, runnable: str) -> None:
    assert shown(text) == runnable


@pytest.mark.parametrize("name", ["email", "city"])
def test_texts_of_few_rows_are_never_shown(name: str) -> None:
    text = shown(f"SELECT * FROM person WHERE {name} = $1 AND lower({name}) <> lower($2)")
    assert "$" not in text
    for secret in ("secret.org", "Tinytown", "Smallville", "Nowhere"):
        assert secret not in text


def test_the_numbers_of_a_list_are_blurred_one_by_one() -> None:
    text = shown("SELECT * FROM person WHERE id IN ($1 /*, ... */) ORDER BY born OFFSET $2")
    assert text.startswith("SELECT * FROM person WHERE id IN (457000, 1000000, 1) ORDER BY born OFFSET ")


def test_a_rewrite_takes_the_values_of_its_original() -> None:
    original = "SELECT * FROM person WHERE born::date = $1 ORDER BY id LIMIT $2 OFFSET $3"
    after = "SELECT * FROM person WHERE born >= $1::date AND born < $1::date + 1 AND id > :last_id ORDER BY id LIMIT $2"
    day = "'2001-02-03'"
    assert shown(original).startswith(f"SELECT * FROM person WHERE born::date = {day} ")
    assert shown(after, original).startswith(
        f"SELECT * FROM person WHERE born >= {day}::date AND born < {day}::date + 1 AND id > 457000 ORDER BY id LIMIT "
    )


def test_what_stays_unknown_is_no_example() -> None:
    with pytest.raises(KeyError):
        shown("SELECT * FROM person WHERE id > :last_nothing", "SELECT * FROM person")
