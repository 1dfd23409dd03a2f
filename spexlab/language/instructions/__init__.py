"""Everyday instructions and the targets that they name: what the language model learns to understand."""

from spexlab.language.instructions.draw import CHINESE, REFUSED, Instruction, draw_instruction
from spexlab.language.instructions.naming import named_target

__all__ = ["CHINESE", "REFUSED", "Instruction", "draw_instruction", "named_target"]
