"""Command text as pure functions: normalise, split into parts, guess the dialect, tokenise. Runs nothing."""
