# What only Telegram needs.

telegram-open-private = The answer is for your eyes only, but we have no private chat yet. Open @{ $name }, press Start, and ask there.
