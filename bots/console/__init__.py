"""The terminal as a front end: lines in, answers as they are written, files on the disk. Input may be piped in."""
