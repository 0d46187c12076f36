"""Pure thought: Snapshot to Findings."""
