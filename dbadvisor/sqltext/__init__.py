"""Text to facts. The only importer of pglast (PostgreSQL's own grammar) and sqlglot (other dialects)."""
