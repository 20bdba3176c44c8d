"""Telegram. aiogram is imported here and nowhere else, and this package only when a Telegram token is set."""
