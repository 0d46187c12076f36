"""Why a plan of the shadow may deviate from the server's: every known reason, by name."""

_GIN = "how many entries a GIN index has is estimated: only a superuser with pageinspect can read it"
_PENDING = "how long a GIN index's list of pending rows is cannot be read"
_HEIGHT = "how high an index is cannot be read: one built at once and one that grew in order look alike"
_CAST = "a recheck spells out a domain's cast, as the index's own text does"

_REASONS = {
    ("gallery", "SELECT id FROM orders WHERE total > 95000 AND is_big"): _CAST,
    ("everything", "SELECT id FROM tickets WHERE total > 95000 AND is_dear"): _CAST,
    ("gallery", "SELECT id FROM customers WHERE email ILIKE"): _GIN,
    ("gallery", "SELECT * FROM orders WHERE attrs @>"): _GIN,
    ("tpcds", "SELECT i_item_id, i_item_desc, i_current_price FROM item, inventory"): _HEIGHT,
    ("tpcds", "SELECT i_item_id , i_item_desc , i_current_price FROM item, inventory"): _HEIGHT,
    ("films", "SELECT * FROM film WHERE special_features && ARRAY['Deleted Scenes']"): _GIN,
    ("films", "SELECT * FROM customer WHERE profile @>"): _GIN,
    ("everything", "SELECT id FROM visitors WHERE email ILIKE"): _PENDING,
    ("everything", "SELECT * FROM visitors WHERE email LIKE $1"): _PENDING,
    ("everything", "SELECT * FROM things WHERE h @>"): _GIN,
    ("everything", "SELECT * FROM things WHERE ia @"): _GIN,
    ("everything", "SELECT * FROM things WHERE tenant = 3"): _GIN,
    ("everything", "SELECT * FROM things WHERE n = 77"): _GIN,
    ("everything", "SELECT * FROM guarded_more WHERE word"): _GIN,
}
"""(database, how the statement begins on one line) → why, on every version."""


def reason(database: str, statement: str) -> str | None:
    """The known reason for a deviation of the statement; None when there is none."""
    line = " ".join(statement.split())
    found = (why for (name, beginning), why in _REASONS.items() if name == database and line.startswith(beginning))
    return next(found, None)
