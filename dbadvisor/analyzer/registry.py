"""Rules are found by being there: a module under `rules` with a decorated check is a rule."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import ModuleType

from dbadvisor.analyzer import rules
from dbadvisor.analyzer.facts import Facts
from dbadvisor.model.finding import Finding, Severity
from dbadvisor.model.rule import Rule

Check = Callable[[Facts], Iterator[Finding]]


def rule(id: str, name: str, severity: Severity, *, needs: tuple[str, ...], since: str) -> Callable[[Check], Rule]:  # noqa: A002
    """Makes a rule of a generator function; its docstring is the rule's page.

    `severity` is the usual one, for lists; each finding carries its own. `needs` names what the rule must be
    able to see: statements, plans, statistics, activity, sessions, sequences, extended_statistics.
    """

    def decorate(check: Check) -> Rule:
        return Rule(id=id, name=name, severity=severity, needs=needs, since=since, check=check)

    return decorate


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the package, by id; raises ValueError when two share an id or a name."""
    found = pkgutil.walk_packages(rules.__path__, rules.__name__ + ".")
    return rules_in(importlib.import_module(module.name) for module in found)


def rules_in(modules: Iterable[ModuleType]) -> tuple[Rule, ...]:
    """The rules that the modules define, by id; raises ValueError when two share an id or a name."""
    by_word: dict[str, Rule] = {}
    for module in modules:
        for found in vars(module).values():
            if isinstance(found, Rule) and found.check.__module__ == module.__name__:
                _add(by_word, found)
    return tuple(sorted(set(by_word.values()), key=lambda found: found.id))


def _add(by_word: dict[str, Rule], found: Rule) -> None:
    for word in (found.id, found.name):
        if word in by_word:
            raise ValueError(f"two rules are called {word}: {by_word[word].check.__module__}, {found.check.__module__}")
        by_word[word] = found


def find_rule(word: str) -> Rule | None:
    """The rule of that id (in any case) or name."""
    return next((found for found in all_rules() if word.upper() == found.id or word == found.name), None)
