"""A stand-in for the AI gateway over a real socket: for trying the bot without a key, and for tests.

It imports nothing of `core` or `storage`: it knows the gateway's wire contracts and nothing of the bot. One module for each
wire (`chat`, `images`, `midjourney`, `videos`, `account`, ...); `server` puts them behind one door. A new wire is one new
module and one line in `server.WIRES`.
"""
