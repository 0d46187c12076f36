"""Local throw-away PostgreSQL servers: find, start, stop, clean."""
