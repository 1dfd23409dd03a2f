"""What other libraries would say of themselves while a command runs."""


def quiet_libraries() -> None:
    """Let transformers keep its warnings and progress bars: reading a small model is no event."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
