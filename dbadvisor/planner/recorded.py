"""Answers from a table, with no server at all: for tests, notebooks and work offline."""

from collections.abc import Mapping, Sequence

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import NOTHING, PlannerRefused, Unplanned, WhatIf

Answers = Mapping[tuple[str, WhatIf], Plan | Unplanned]


class RecordedPlanner:
    """A planner that knows the plans of some statements under some imagined changes.

    Asked about a change that was not recorded, it answers by the recorded one that is contained in it and has
    most of it (of equals, by the cheapest plan), as indexes that a plan does not use change nothing.
    """

    name = "recorded"

    def __init__(self, answers: Answers, sizes: Mapping[IndexDefinition, int] | None = None) -> None:
        self._sizes = dict(sizes or {})
        self._answers: dict[str, list[tuple[WhatIf, Plan | Unplanned]]] = {}
        for (statement, whatif), answer in answers.items():
            self._answers.setdefault(statement, []).append((whatif, answer))
        self.calls = 0

    def explain(
        self, statements: Sequence[str], whatif: WhatIf = NOTHING, *, role: str | None = None
    ) -> list[Plan | Unplanned]:
        """One answer a statement, in order; a statement that was never recorded is Unplanned."""
        self.calls += len(statements)
        return [self._answer(statement, whatif) for statement in statements]

    def _answer(self, statement: str, whatif: WhatIf) -> Plan | Unplanned:
        contained = [pair for pair in self._answers.get(statement, ()) if _contains(whatif, pair[0])]
        if not contained:
            return Unplanned("not recorded")
        return max(contained, key=lambda pair: (_size(pair[0]), -_cost(pair[1])))[1]

    def index_bytes(self, definition: IndexDefinition) -> int:
        """The recorded size in bytes. Raises PlannerRefused when there is none."""
        if definition not in self._sizes:
            raise PlannerRefused(definition, "its size was not recorded")
        return self._sizes[definition]


def _contains(whole: WhatIf, part: WhatIf) -> bool:
    """Of statistics all must agree: what they say changes every plan."""
    if (part.statistics, part.distinct) != (whole.statistics, whole.distinct):
        return False
    return part.create <= whole.create and part.hide <= whole.hide and set(part.settings) <= set(whole.settings)


def _size(whatif: WhatIf) -> int:
    return len(whatif.create) + len(whatif.hide) + len(whatif.settings)


def _cost(answer: Plan | Unplanned) -> float:
    return answer.cost if isinstance(answer, Plan) else float("inf")
