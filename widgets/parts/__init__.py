"""Small parts that several apps are made of."""
