"""Looks at the user's server once, changes nothing, and writes down a Snapshot."""
