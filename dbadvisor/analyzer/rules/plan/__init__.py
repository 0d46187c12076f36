"""How statements are executed."""
