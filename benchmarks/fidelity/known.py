"""Why a plan of the shadow may deviate from the server's: every known reason, by name."""

_GIN = "how many entries a GIN index has is estimated: only a superuser with pageinspect can read it"

_REASONS = {
    ("gallery", "SELECT id FROM orders WHERE total > 95000 AND is_big"): "a recheck spells out a domain's cast",
    ("gallery", "SELECT id FROM customers WHERE email ILIKE"): _GIN,
    ("gallery", "SELECT * FROM orders WHERE attrs @>"): _GIN,
    ("films", "SELECT * FROM film WHERE special_features && ARRAY['Deleted Scenes']"): _GIN,
}
"""(database, how the statement begins) → why, on every version."""


def reason(database: str, statement: str) -> str | None:
    """The known reason for a deviation of the statement; None when there is none."""
    found = (why for (name, beginning), why in _REASONS.items() if name == database and statement.startswith(beginning))
    return next(found, None)
