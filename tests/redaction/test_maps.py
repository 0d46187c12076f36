"""Maps keep order, equality and proportions, whatever the type, and nothing of the values."""

import random
from fractions import Fraction

import pytest

from dbadvisor.redaction.maps import Map, Seen, TooNarrow
from dbadvisor.redaction.patterns import read
from dbadvisor.redaction.scalars import DAY, Scale, text_fraction
from dbadvisor.redaction.tokens import Tokens, array_text, range_text, shape

TEXT = Scale("text", 1, 10**12 - 1)
SCALES = {
    "integer": (Scale("number", 1, 2**31 - 1), [str(n**3) for n in range(-5, 60)]),
    "numeric": (Scale("number", 1, 10**10, Fraction(1, 100)), ["-1.5", "0", "0.25", "1e3", "99999.99"]),
    "date": (Scale("date", 1, 2_900_000), ["1900-02-03", "2024-02-29", "2024-03-01"]),
    "moment": (Scale("moment", 1, 10**16), ["2024-01-01 00:00:00+00", "2024-01-01 02:30:00.5+02", "2031-07-07"]),
    "time": (Scale("time", 1, DAY - 1), ["00:00:01", "12:30:00.25", "23:59:59"]),
    "interval": (Scale("interval", 1, 10**14), ["-1 days", "00:00:01", "3 days 04:00:00", "1 year 2 mons"]),
    "uuid": (Scale("uuid", 1, 2**128 - 1), [f"{n:08x}-0000-4000-8000-00000000000{n}" for n in range(9)]),
    "text": (TEXT, ["", "Ada", "Zoë", "a", "ab", "abc", "abd", "zz", "é"]),
    "language": (Scale("text", 1, 10**12 - 1, sorting="language"), ["a", "B", "c", "É", "f"]),
}


@pytest.mark.parametrize("name", SCALES)
def test_images_are_ordered_as_the_values_and_are_other_values(name: str) -> None:
    scale, values = SCALES[name]
    ordered = sorted(values, key=scale.place)
    found = Map(scale, {"c": Seen(tuple(ordered[::2]), (ordered[0], ordered[-1]), set(values))}, random.Random(3))
    images = [found.image(value) for value in ordered]

    assert [scale.place(image) for image in images] == sorted({scale.place(image) for image in images})
    assert not set(images) & set(values)
    assert found.image(values[1]) == found.image(values[1])


def test_a_value_lies_in_its_bin_where_it_lay() -> None:
    scale = Scale("number", 1, 2**31 - 1)
    seen = Seen(("0", "100", "10000"), values={"25", "5050"})
    found = Map(scale, {"c": seen}, random.Random(3))
    low, quarter, middle, half, high = (int(found.image(value)) for value in ("0", "25", "100", "5050", "10000"))

    assert (quarter - low) / (middle - low) == pytest.approx(0.25, abs=1e-6)
    assert (half - middle) / (high - middle) == pytest.approx(0.5, abs=1e-6)


def test_special_values_stay_what_they_are() -> None:
    scale = Scale("number", 1, 10**9)
    found = Map(scale, {"c": Seen(("1", "2", "Infinity"), values={"NaN", "1"})}, random.Random(3))
    assert (found.image("NaN"), found.image("Infinity")) == ("NaN", "Infinity")


def test_a_type_with_too_few_values_is_refused() -> None:
    with pytest.raises(TooNarrow):
        Map(Scale("text", 1, 9, length=1), {"c": Seen(values={chr(n) for n in range(65, 90)})}, random.Random(3))


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [("b", "a", "c", 0.5), ("prefix5", "prefix0", "prefix9", 5 / 9), ("z", "a", "c", 1.0), ("m", "a", "a", 0.5)],
)
def test_texts_lie_where_the_server_takes_them_to_lie(value: str, low: str, high: str, expected: float) -> None:
    assert float(text_fraction(value, low, high)) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("operator", "pattern", "found", "others"),
    [
        ("~~", "abc%", "abcd", "abd"),
        ("~~", "a%z", "abcz", "abc"),
        ("~~*", "%BC%", "abcd", "acb"),
        ("~", "^ab", "abc", "bab"),
        ("~", "c$", "abc", "cab"),
        ("^@", "ab", "abc", "bab"),
    ],
)
def test_patterns_find_the_images_of_what_they_found(operator: str, pattern: str, found: str, others: str) -> None:
    import re

    asked = read(operator, pattern)
    assert asked
    seen = Seen((found, others, "zzz") if found < others else (others, found, "zzz"), values={found, others})
    images = Map(TEXT, {"c": seen}, random.Random(3), marks={asked: Tokens(b"k").mark(pattern)})
    new = images.pattern(asked)
    assert new
    translated = {"~": new, "^@": f"^{new}"}.get(operator, f"^{new.replace('%', '.*')}$")

    assert re.search(translated, images.image(found), re.IGNORECASE)
    assert not re.search(translated, images.image(others), re.IGNORECASE)
    assert pattern.strip("%^$").lower() not in new


def test_arrays_and_ranges_are_mapped_inside() -> None:
    assert array_text('{a,"b,c",NULL,{"\\"q"}}', str.upper) == '{"A","B,C",NULL,{"\\"Q"}}'
    assert range_text("[1,5)", lambda bound: bound + "0") == '["10","50")'
    assert range_text("(,5]", lambda bound: bound + "0") == '(,"50"]'
    assert range_text("empty", str) == "empty"


def test_documents_keep_what_contains_what() -> None:
    import json

    tokens = Tokens(b"key")
    whole = json.loads(tokens.json('{"name": "Ada", "tags": ["x", 1, true, null], "n": 1.0}'))
    part = json.loads(tokens.json('{"tags": ["x"]}'))

    ((key, (tag,)),) = part.items()
    assert tag in whole[key]
    assert whole[key][2:] == [True, None]
    assert "Ada" not in str(whole)


def test_other_types_keep_their_shape() -> None:
    assert shape("10.20.0.255/24") == "11.11.1.111/11"
    assert shape("\\xdeadbeef") == "\\xaaaaaaaa"
