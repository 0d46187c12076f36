"""The heuristics: one file each, found by being there."""
