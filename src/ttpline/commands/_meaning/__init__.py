"""How the knowledge is found in a parsed command: one file for each kind of entry."""
