"""An empty local PostgreSQL that plans like production, from statistics alone."""
