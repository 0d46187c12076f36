"""Changes as ordered, lock-safe, reversible steps."""
