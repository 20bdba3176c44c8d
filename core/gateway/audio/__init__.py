"""Sound families: one module of pure functions each."""
