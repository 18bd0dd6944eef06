"""What programs, flags, paths and addresses mean: entries that a detection engineer writes, without Python."""
