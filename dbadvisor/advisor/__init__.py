"""From findings and statements to one set of changes, asked of the Planner handed in."""
