"""The nouns: small frozen types, no input or output, standard library only."""
