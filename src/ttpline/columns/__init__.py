"""The nouns as columns: what flows between the packages."""
