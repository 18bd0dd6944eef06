"""What readers of shell histories share: their lines with places, entries of several lines, and file names."""
