"""How statements relate to each other."""
