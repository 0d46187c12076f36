"""The program picks what trying every set would pick, and its bound holds."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import pytest

from advisor.advising import definition
from dbadvisor.advisor.costing import Indexes
from dbadvisor.advisor.program import Limits, Offer, Program
from dbadvisor.model.index import IndexDefinition

POOL = [definition(table, key) for table in ("t", "u", "v") for key in "abc"]
SIZES = {index: (number + 1) * 1_000_000 for number, index in enumerate(POOL)}
A, B, C, D = POOL[0], POOL[1], POOL[2], POOL[3]


def offers_at_random(seed: int) -> list[Offer]:
    """Packages whose plans are believed as the planner believes them: more gained where the planner's cost is less."""
    luck = random.Random(seed)
    made: list[Offer] = []
    for statement in range(6):
        for _ in range(5):
            gain = luck.uniform(1, 20)
            made.append(Offer(statement, frozenset(luck.sample(POOL, luck.randint(1, 3))), gain, 100 - gain))
    return made


def sets() -> Iterator[Indexes]:
    yield from (frozenset(some) for count in range(len(POOL) + 1) for some in combinations(POOL, count))


def worth(offers: Sequence[Offer], chosen: Indexes, prices: dict[IndexDefinition, float]) -> float:
    """What the set is worth where each statement's planner takes the plan that it finds cheapest."""
    value = -sum(prices[index] for index in chosen)
    for statement in {offer.statement for offer in offers}:
        possible = [one for one in offers if one.statement == statement and one.used <= chosen]
        taken = min(possible, key=lambda one: one.planned, default=None)
        if taken and taken.planned < TODAY:
            value += taken.gain
    return value


TODAY = 100.0


def solved(offers: Iterable[Offer], limits: Limits = Limits(), price: float = 0.5) -> tuple[Indexes, float, float]:  # noqa: B008
    program = Program(tuple(offers), dict.fromkeys(POOL, price), SIZES, 100.0, limits)
    solution = program.solve(gap=0.0, seconds=30.0)
    assert solution.proved
    return solution.chosen, solution.value, solution.bound


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "limits", [Limits(), Limits(bytes=9_000_000), Limits(count=3), Limits(per_table=1), Limits(12_000_000, 4, 2)]
)
def test_no_set_within_the_limits_is_worth_more(seed: int, limits: Limits) -> None:
    offers = offers_at_random(seed)
    chosen, value, bound = solved(offers, limits)
    prices = dict.fromkeys(POOL, 0.5)

    def fits(some: Indexes) -> bool:
        tables = [index.table for index in some]
        return (
            (limits.bytes is None or sum(SIZES[one] for one in some) <= limits.bytes)
            and (limits.count is None or len(some) <= limits.count)
            and (limits.per_table is None or all(tables.count(one) <= limits.per_table for one in tables))
        )

    best = max(worth(offers, some, prices) for some in sets() if fits(some))
    assert fits(chosen)
    assert value == pytest.approx(best)
    assert bound == pytest.approx(best, abs=1e-3)


def test_a_plan_that_the_planner_would_take_cannot_be_wished_away() -> None:
    """B alone is good; with A beside it the planner takes A's plan, which is believed dearer than today's."""
    offers = [
        Offer("one", frozenset((B,)), 10.0, 50.0),
        Offer("one", frozenset((A,)), -30.0, 20.0),
        Offer("two", frozenset((A,)), 15.0, 20.0),
    ]
    chosen, value, _ = solved(offers)
    assert chosen == frozenset((B,))
    assert value == pytest.approx(9.5)


def test_a_forbidden_plan_forbids_its_indexes_unless_the_planner_has_a_cheaper_one() -> None:
    spoilt = Offer("one", frozenset((A,)), -1.0, 60.0, allowed=False)
    wanted = Offer("two", frozenset((A,)), 5.0, 60.0)
    assert solved([spoilt, wanted])[0] == frozenset()
    saved = Offer("one", frozenset((A, C)), 4.0, 40.0)
    assert solved([spoilt, wanted, saved])[0] == frozenset((A, C))


def test_of_two_that_exclude_each_other_the_better_one_is_chosen() -> None:
    offers = (Offer("one", frozenset((A,)), 5.0, 60.0), Offer("two", frozenset((B,)), 6.0, 60.0))
    program = Program(offers, dict.fromkeys(POOL, 0.5), SIZES, 100.0, exclusive=((A, B),))
    assert program.solve(gap=0.0, seconds=30.0).chosen == frozenset((B,))


def test_a_byte_of_a_tight_budget_has_a_price_and_of_a_wide_one_none() -> None:
    offers = [Offer("one", frozenset((B,)), 9.0, 10.0), Offer("two", frozenset((C,)), 7.0, 30.0)]
    program = Program(offers, dict.fromkeys(POOL, 0.0), SIZES, 100.0, Limits(bytes=3_000_000))
    assert program.solve(gap=0.0, seconds=30.0).price_per_byte > 0
    wide = Program(offers, dict.fromkeys(POOL, 0.0), SIZES, 100.0, Limits(bytes=30_000_000))
    assert wide.solve(gap=0.0, seconds=30.0).price_per_byte == 0


def test_a_program_without_offers_chooses_nothing() -> None:
    assert solved([]) == (frozenset(), 0.0, 0.0)
