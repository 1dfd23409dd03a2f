"""Everyday instructions and the targets that they name: what the language model learns to understand."""

from spexlab.language.instructions.draw import CHINESE, REFUSED, Instruction, draw_instruction

__all__ = ["CHINESE", "REFUSED", "Instruction", "draw_instruction"]
