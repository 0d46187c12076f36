"""Words in, exit code out; one module a command; no thinking."""
