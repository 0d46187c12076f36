"""Before and after, run on a copy, with statistics that resist noise."""
