"""Stand-ins: local servers that play a platform, over real sockets, for the real clients to talk to."""
