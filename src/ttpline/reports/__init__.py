"""What people read of a model or an evaluation: cards and tables, rendered from stored results."""
