"""Rules on indexes: missing, unusable, superfluous or broken ones."""
