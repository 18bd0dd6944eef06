"""ECS documents: what their fields mean, and the plain ones among them as columns."""
