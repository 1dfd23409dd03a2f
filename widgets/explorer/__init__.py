"""The Explorer: draw an area, say what to look for, watch the mask appear."""
