"""Bytes of a log -> batches of events; one file a format. Knows no model."""
