"""Our own HTTP port: health, metrics, the Telegram webhook and signed media links."""
