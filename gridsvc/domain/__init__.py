"""The words and rules of grid management in plain Python: no I/O, no clock, no third-party package."""
