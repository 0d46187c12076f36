"""Which indexes: our choice and other advisors', judged alike."""
