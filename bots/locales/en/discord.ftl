# The Discord front end.

discord-invite = Invite it to a server: { $url }
discord-dm-closed = This answer is only for you, and I cannot write to you directly. Allow direct messages from this server's members, or use the slash command: its answer is seen by you alone.
