"""Assess the answer that is shown: by a file of what is there in truth, or by points that somebody looks at."""
