"""The telephone line: what leaves, what comes back, and who must not be texted."""
