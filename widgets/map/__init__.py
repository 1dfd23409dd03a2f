"""The map, and what is laid over it."""
