"""The what-if door: who answers "what would this cost?"."""
