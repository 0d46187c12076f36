"""How statements are written."""
