"""The values of a sample, out of its rewritten text."""

from dbadvisor.model.workload import Sample
from dbadvisor.sqltext.parameters import positions


def sample_values(text: str, sample: Sample, edits: list[tuple[int, int, str]]) -> tuple[tuple[int, str], ...]:
    """The new text of each `$n`: what was made of the constants within it. None where text and sample differ."""
    known = dict(sample.values)
    found: dict[int, str] = {}
    at = shift = 0
    for start, end, number in sorted(positions(text)):
        value = known.get(number)
        begin = start + shift
        if value is None or text[at:start] != sample.sql[at + shift : begin]:
            return ()
        if sample.sql[begin : begin + 1] == "(" and not value.startswith("("):
            begin += 1
        if sample.sql[begin : begin + len(value)] != value:
            return ()
        shift += len(value) - (end - start) + 2 * (begin - start - shift)
        at = end
        inner = [(s - begin, e - begin, new) for s, e, new in edits if begin <= s and e <= begin + len(value)]
        for s, e, new in sorted(inner, reverse=True):
            value = value[:s] + new + value[e:]
        found[number] = value
    return tuple((number, found[number]) for number, _ in sample.values if number in found)
