"""Contract checks and fakes for plugin authors and our own tests; the product imports none of it."""
