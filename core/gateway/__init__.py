"""The gateway: pure adapters for each wire family, one client that carries their requests."""
