"""The AI employee: one turn in, one reply or one hand-off out."""
