"""The command line: one file a command, a thin shell around the library."""
