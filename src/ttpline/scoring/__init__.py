"""Events and a model -> scored events: each distinct command once, joined back to its events."""
