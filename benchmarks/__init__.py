"""What a message costs here, beside a bare pipeline of the same parts."""
