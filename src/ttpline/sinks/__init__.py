"""Where events and scored commands go; one file a kind. Calls no model."""
