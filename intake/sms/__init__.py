"""Text messages: carrier, queue, consent."""
