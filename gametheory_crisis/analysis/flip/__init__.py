"""How far an outcome is from flipping: one parameter at a time, and all together."""
