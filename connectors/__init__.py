"""One adapter per channel, the inbox every delivery goes through, and the way out."""
