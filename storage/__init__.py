"""SQL and files: implements the ports of core on SQLite, PostgreSQL, a disk or an object store."""
