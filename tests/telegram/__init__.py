"""Tests of the Telegram side: the stand-in itself, and the front end that talks to it."""
