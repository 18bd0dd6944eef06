"""JSON logs: where one record ends and the next begins, and the reader that all JSON formats share."""
