"""Everything that knows a chat platform or the process."""
