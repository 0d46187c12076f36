"""The size model against figures of indexes that were really built (PostgreSQL 15 and 18, the same in both)."""

from collections.abc import Iterable
from typing import Any

import pytest

from dbadvisor.planner.shadow import gin_sizes, other_sizes
from dbadvisor.planner.shadow.images import grown_gin
from dbadvisor.planner.shadow.pages import GinCounts
from dbadvisor.planner.shadow.sizes import btree, level_of
from dbadvisor.planner.shadow.tuples import KeyColumn, tuple_bytes


def integer(distinct: float, **more: Any) -> KeyColumn:
    return KeyColumn(width=4, length=4, alignment="i", distinct=distinct, **more)


def text(width: float, distinct: float) -> KeyColumn:
    return KeyColumn(width=width, length=-1, alignment="i", distinct=distinct)


def test_a_million_unique_integers() -> None:
    size = btree(1e6, [integer(1e6)])
    assert size.blocks == 2745
    assert size.level == 2


def test_an_index_on_an_empty_table_is_its_metapage() -> None:
    assert btree(0, [integer(1)]).blocks == 1


def test_a_small_table_needs_one_leaf() -> None:
    size = btree(100, [integer(100)])
    assert (size.blocks, size.level) == (2, 0)


def test_equal_keys_share_posting_lists() -> None:
    assert btree(1e6, [integer(5)]).blocks == pytest.approx(868, rel=0.05)


@pytest.mark.parametrize("reason", ["include", "type"])
def test_no_posting_lists_with_include_or_types_whose_equals_differ(reason: str) -> None:
    if reason == "include":
        size = btree(1e6, [integer(5)], [integer(1e6)])
    else:
        size = btree(1e6, [KeyColumn(4, 4, "i", 5, deduplicable=False)])
    assert size.blocks > 2700


def test_nulls_share_posting_lists_of_their_own() -> None:
    mostly_null = btree(240_000, [integer(11_672, null_share=0.95137)])
    assert mostly_null.blocks == pytest.approx(229, rel=0.02)
    assert btree(240_000, [KeyColumn(0, -1, "i", 0, null_share=1.0)]).blocks == pytest.approx(204, abs=1)


def test_equal_keys_of_two_columns_share_posting_lists_too() -> None:
    few, thousand = integer(5, common=(0.4, 0.2, 0.2, 0.1, 0.1)), integer(1000)
    assert btree(240_000, [few, thousand]).blocks == pytest.approx(217, rel=0.05)


def test_known_combinations_beat_the_product() -> None:
    country, city = text(9, 30), text(10, 1230)
    independent = btree(240_000, [country, city])
    dependent = btree(240_000, [country, city], known={frozenset((0, 1)): 1230})
    assert dependent.blocks == pytest.approx(216, rel=0.05)
    assert independent.blocks > 1.5 * dependent.blocks
    assert btree(240_000, [country, city], known={frozenset((0, 1)): 240_000}).blocks > 2 * independent.blocks


def test_deduplication_can_be_switched_off() -> None:
    assert btree(240_000, [integer(1000)], deduplicate=False).blocks == 662


def test_varying_widths_fall_on_the_grid_one_by_one() -> None:
    """numeric(12, 2) of 7 bytes mostly, 5 at times: behind two bytes the mean of 6 would fit where 7 do not."""
    amount = KeyColumn(6, -1, "i", 2e5, deduplicable=False, widths=((5, 0.1), (7, 0.9)))
    small = KeyColumn(2, 2, "s", 5)
    assert tuple_bytes([small, amount]) == pytest.approx(0.1 * 16 + 0.9 * 24)


def test_several_columns_have_as_many_keys_as_their_product() -> None:
    """Not a tenth of the rows, as the planner's own estimate for GROUP BY would have it."""
    pair = btree(1e6, [integer(1000), integer(1000)])
    assert pair.blocks > 0.7 * btree(1e6, [integer(1e6), integer(1e6)]).blocks


def test_far_more_combinations_than_rows_are_as_many_keys_as_rows() -> None:
    supplier, order, day = integer(10_034), integer(391_846), integer(2_500)
    assert btree(6_001_215, [supplier, order, day, day]).blocks == pytest.approx(23_077, rel=0.01)


def test_columns_are_aligned() -> None:
    small, large = KeyColumn(2, 2, "s", 1e6), KeyColumn(8, 8, "d", 1e6)
    assert tuple_bytes([small, large, small]) == 32
    assert tuple_bytes([large, small, small]) == 24


def test_a_fill_factor_makes_room() -> None:
    assert btree(1e6, [integer(1e6)], fillfactor=45).blocks == pytest.approx(2 * 2745, rel=0.03)


@pytest.mark.parametrize("rows", [10, 1e3, 1e5, 1e7, 1e9])
def test_the_height_of_a_built_index_is_found_again_from_its_size(rows: float) -> None:
    size = btree(rows, [integer(rows)])
    assert level_of(size.blocks, rows, [integer(rows)]) == size.level


def test_a_root_that_grew_is_split_only_when_full() -> None:
    rows, keys = 1.2e5, [integer(1.2e5)]
    blocks = btree(rows, keys).blocks
    assert level_of(blocks, rows, keys) == 2
    assert level_of(blocks, rows, keys, ascending=True) == 1


def keys_of(pairs: Iterable[tuple[str, str]]) -> set[str]:
    return {key for _, key in pairs}


def test_trigrams_are_those_of_pg_trgm() -> None:
    found = keys_of(gin_sizes.trigrams("Word two_x"))
    assert found == {"  w", " wo", "wor", "ord", "rd ", "  t", " tw", "two", "wo ", "  x", " x "}


def test_jsonb_keys_and_paths() -> None:
    document = '{"a": {"b": [1, "x"]}, "c": null}'
    assert keys_of(gin_sizes.json_keys(document)) == {"Ka", "Kb", "Kc", "V1", "Kx", "VNone"}
    assert keys_of(gin_sizes.json_paths(document)) == {".a.b[]=1", ".a.b[]=x", ".c=None"}


def test_a_key_in_every_row_fills_pages_of_its_own() -> None:
    counts = gin_sizes.gin(240_000, 240_000, 11_000, gin_sizes.KeySample(((1.0, 1.0),), 4.0))
    assert counts.total == pytest.approx(36, rel=0.05)
    assert (counts.entry, counts.entries) == (1, 1)


def test_keys_that_a_sample_saw_once_stand_for_more() -> None:
    values = [(f"{{'a': {number}}}".replace("'", '"'), 0.01) for number in range(100)]
    sample = gin_sizes.sampled(values, gin_sizes.json_paths, 4.0, 1e6)
    assert sum(count for _, count in sample.groups) > 5000
    assert sample.mean == pytest.approx(1.0)


def test_hash_buckets_double_in_quarters() -> None:
    assert other_sizes.hash_(240_000, 240_000, integer(240_000)) == pytest.approx(1026, rel=0.02)
    assert other_sizes.hash_(240_000, 240_000, integer(1000)) == pytest.approx(1208, rel=0.05)
    assert other_sizes.hash_(1e6, 1e6, integer(2, common=(0.5, 0.5))) > 1e6 / 410
    assert other_sizes.hash_(0, 0, integer(0)) == 4


def part(type_: str, key: KeyColumn, opclass: str = "") -> other_sizes.Part:
    return other_sizes.Part(type_, opclass, key)


def test_a_brin_index_is_tiny_and_knows_its_map() -> None:
    moments = part("timestamp with time zone", KeyColumn(8, 8, "d", 1e6))
    assert other_sizes.brin(1_000_000, 128, [moments]) == 1 + 6 + 27
    assert other_sizes.revmap(1_000_000, 128) == 6


def test_a_bloom_summary_is_as_large_as_its_range() -> None:
    emails = part("text", text(20, 1e5), "text_bloom_ops")
    assert other_sizes.brin(11_073, 128, [emails]) == 89
    assert other_sizes.brin(11_073, 32, [emails]) == pytest.approx(52, abs=2)


@pytest.mark.parametrize(("major", "blocks"), [(15, 1846), (18, 830)])
def test_gist_sorts_scalars_from_18_on(major: int, blocks: int) -> None:
    key = KeyColumn(8, 8, "d", 240_000)
    created = other_sizes.Part("timestamp with time zone", "", key, ascending=True)
    assert other_sizes.gist(240_000, [created], major) == pytest.approx(blocks, rel=0.05)


def test_a_gin_index_that_took_its_rows_by_pending_lists_has_free_pages() -> None:
    """Real: 128 pages, of which 28 hold entries; the planner counts those."""
    fresh = GinCounts(27, 26, 0, 1039)
    grown = grown_gin(128, fresh)
    assert (grown.total, grown.data) == (128, 0)
    assert grown.entry == pytest.approx(28, rel=0.2)
