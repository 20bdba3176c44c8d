"""The bench (`make bench`): speed, memory and start of the real process beside floors, with stand-ins in processes of their
own. Plain scripts, no tests: nothing here runs with `make test`."""
