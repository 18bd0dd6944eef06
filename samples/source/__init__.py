"""What the sample files are made from; see ``samples/README.md``."""
