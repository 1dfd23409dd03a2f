"""Numbers to words and words to numbers: questions, explanations and what they claim, instructions."""
