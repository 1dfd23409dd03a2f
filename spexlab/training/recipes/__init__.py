"""Checkpoints that are made by one command, from nothing."""

from spexlab.training.recipes.spex_tiny import Recipe, read_recipe, train_recipe

__all__ = ["Recipe", "read_recipe", "train_recipe"]
