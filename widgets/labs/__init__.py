"""The labs: instructions compared, an index tuned, a training watched."""
