"""EVTX files as pieces of whole chunks, with the place of every record, whatever state the file is in."""
