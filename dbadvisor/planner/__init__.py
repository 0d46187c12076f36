"""The what-if door: who can answer what a statement would cost."""
