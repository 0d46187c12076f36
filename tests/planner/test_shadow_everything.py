"""Everything that planning looks at, asked in some 430 ways, as benchmarks/shadow_fidelity.py asks every version."""

import pytest
from fidelity.databases import databases
from fidelity.exactness import measure
from fidelity.truth import READER, make_roles

from dbadvisor.scenarios import SERVER_SETTINGS
from dbadvisor.servers.local import start

pytestmark = pytest.mark.live


def test_every_plan_is_the_servers_or_deviates_for_a_known_reason() -> None:
    (everything,) = [each for each in databases() if each.name == "everything"]
    with start(settings=SERVER_SETTINGS) as server:
        make_roles(server)
        (outcome,) = measure(server, everything, (READER,))

    assert [(each.statement, each.difference) for each in outcome.unexplained] == []
    assert outcome.not_for_this_version == ()
    assert outcome.dropped == ()
    assert len(outcome.comparisons) > 420
    assert sum(each.identical for each in outcome.comparisons) >= 0.96 * len(outcome.comparisons)
