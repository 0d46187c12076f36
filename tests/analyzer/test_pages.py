"""Every rule's page on a real server: Bad fires, Good is silent, and what is proposed for Bad silences it."""

import re
from pathlib import Path

import pytest
from pages import Bench, Example

from dbadvisor.analyzer.registry import all_rules
from dbadvisor.model.rule import Rule
from dbadvisor.servers.local import LocalServer

RULES = all_rules()
NEEDS_COMPILER = "PLN004"
"""The one page that shows what the server's JIT compiler costs; servers built without LLVM have none."""


def example(rule: Rule, heading: str) -> Example:
    section = rule.page.split(f"## {heading}\n")[1]
    block = re.search(r"```sql\n(.*?)```", section, re.DOTALL)
    assert block is not None, f"{rule.id} has no SQL under {heading}"
    setup, _, workload = block[1].partition("-- workload\n")
    return Example(setup, workload)


@pytest.fixture
def bench(server: LocalServer, tmp_path: Path) -> Bench:
    return Bench(server, tmp_path)


@pytest.mark.live
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_bad_fires_and_what_is_proposed_silences_it(rule: Rule, bench: Bench) -> None:
    bad = example(rule, "Bad")
    found = bench.findings(rule, bad)
    assert (found != ()) is (rule.id != NEEDS_COMPILER or bench.compiles())
    cure = tuple(change.sql for finding in found for change in finding.proposals)
    if cure:
        assert bench.findings(rule, bad, cure) == ()


@pytest.mark.live
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_good_is_silent(rule: Rule, bench: Bench) -> None:
    assert bench.findings(rule, example(rule, "Good")) == ()
