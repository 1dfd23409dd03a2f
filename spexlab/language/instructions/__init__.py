"""Everyday instructions and the targets that they name: what the language model learns to understand."""

from spexlab.language.instructions.draw import CHINESE, REFUSED, WEIGHTS, Instruction, draw_instruction

__all__ = ["CHINESE", "REFUSED", "WEIGHTS", "Instruction", "draw_instruction"]
