"""Labelled commands: reading them strictly, their digest, and splits that do not leak."""
