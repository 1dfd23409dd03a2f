"""SPEX as a transformers model: it knows tensors, not geography, and imports nothing else of spexlab."""
