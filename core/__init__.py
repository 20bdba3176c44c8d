"""The service: people, money, conversations, jobs and the gateway. No platform library, no SQL, no web server."""
