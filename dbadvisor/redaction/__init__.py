"""A snapshot without anybody's values in it that still plans as the one it was made from."""

from dbadvisor.redaction.redact import redact_values

__all__ = ["redact_values"]
