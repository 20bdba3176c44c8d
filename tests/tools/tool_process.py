"""A tool server of a few lines that speaks over its pipes, for the tests: no SDK, so that it starts at once.

Its first argument says how it behaves: "good", "chatty" (words among the messages), "endless" (a line without an end).
"""

from __future__ import annotations

import json
import os
import sys
import time


def say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def result(method: str, params: dict[str, object]) -> object:
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "pipes", "version": "1"},
        }
    if method == "tools/list":
        names = ("environment", "die", "hang")
        return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}
    if params["name"] == "die":
        os._exit(3)
    if params["name"] == "hang":
        time.sleep(600)
    return {
        "content": [{"type": "text", "text": " ".join(f"{name}={os.environ[name]}" for name in sorted(os.environ))}]
    }


def main(mode: str) -> None:
    if mode == "endless":
        while True:
            sys.stdout.write("x" * 65_536)
    for line in sys.stdin:
        message = json.loads(line)
        if mode == "chatty":
            sys.stdout.write("now I think about it\n\n{}\n[1]\n")
            sys.stderr.write("my key is " + os.environ.get("KEY", "") + "\n")
        if "id" not in message:
            continue
        known = message["method"] in {"initialize", "tools/list", "tools/call"}
        reply = {"jsonrpc": "2.0", "id": message["id"]}
        if known:
            say(reply | {"result": result(message["method"], message.get("params", {}))})
        else:
            say(reply | {"error": {"code": -32601, "message": "no such method"}})


if __name__ == "__main__":
    main(sys.argv[1])
