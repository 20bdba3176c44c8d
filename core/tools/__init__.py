"""What the assistant can do beside talking: one table of tools for all wires."""
