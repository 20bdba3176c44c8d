"""The Discord front end: the only package that imports discord.py, when a Discord token is set. Start at `front.py`."""
