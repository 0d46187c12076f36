"""dbadvisor: a PostgreSQL performance advisor that proves what it proposes."""

__version__ = "0.1.0"
