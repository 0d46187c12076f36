"""Whether the server's knowledge and storage are kept fresh."""
