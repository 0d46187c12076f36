"""The stats-only twin of production: an empty local server that plans exactly as production would.

`build` restores the schema, statistics and sizes; `planner` asks; `candidates` adds imagined indexes. `fence` has
the roles that keep a schema from elsewhere away from this machine.
"""

from dbadvisor.planner.shadow.planner import ShadowPlanner, shadow

__all__ = ["ShadowPlanner", "shadow"]
