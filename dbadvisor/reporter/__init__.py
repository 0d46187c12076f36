"""Model in, text out: the reporters only draw."""
