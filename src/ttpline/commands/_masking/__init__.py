"""Where secrets stand in command text, one kind of finding a module; ``commands.mask`` puts them together."""
