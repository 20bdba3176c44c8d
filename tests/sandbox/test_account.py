"""Models and quota."""

import httpx

from bots.sandbox.server import Sandbox


async def test_models_are_listed_as_the_gateway_lists_them(client: httpx.AsyncClient) -> None:
    reply = (await client.get("/v1/models")).json()
    listed = {model["id"]: model for model in reply["data"]}
    assert (reply["success"], reply["object"]) == (True, "list")
    assert listed["claude-haiku-4-5-20251001"]["supported_endpoint_types"] == ["anthropic", "openai"]
    assert listed["kling-3.0"] == {
        "id": "kling-3.0",
        "object": "model",
        "created": 1626777600,
        "owned_by": "custom",
        "supported_endpoint_types": ["openai-video"],
    }
    endpoints = {name: set(model["supported_endpoint_types"]) for name, model in listed.items()}
    assert endpoints["gpt-5-mini"] == {"openai", "openai-response"}
    assert endpoints["sora-2"] == {"openai", "openai-video"}
    assert endpoints["gemini-2.5-flash-preview-tts"] == {"gemini"}
    assert endpoints["sandbox-new"] == {"openai", "openai-response", "anthropic", "gemini"}
    assert {"gpt-5-mini", "gpt-image-2", "grok-video-3(线路W)"} <= listed.keys()


async def test_the_list_can_be_changed(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.models = {"house-model": "chat"}
    assert [model["id"] for model in (await client.get("/v1/models")).json()["data"]] == ["house-model"]
    body = {"model": "house-model", "messages": [{"role": "user", "content": "hi"}]}
    assert (await client.post("/v1/chat/completions", json=body)).status_code == 200


async def test_one_model_and_the_error_under_200(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/models/gpt-4o")).json()["id"] == "gpt-4o"
    unknown = await client.get("/v1/models/gpt-99")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (200, "model_not_found")


async def test_quota_agrees_with_itself(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.balance.hard_limit_usd, sandbox.behaviour.balance.used_usd = 10.0, 4.0
    limit = (await client.get("/v1/dashboard/billing/subscription")).json()["hard_limit_usd"]
    used = (await client.get("/dashboard/billing/usage")).json()["total_usage"]
    token = (await client.get("/api/usage/token/")).json()
    assert limit - used / 100 == 6.0
    assert token["code"] is True
    assert token["data"]["total_available"] == 6 * 500_000
    redirect = await client.get("/api/usage/token")
    assert (redirect.status_code, redirect.headers["Location"]) == (301, "/api/usage/token/")
    sandbox.behaviour.balance.unlimited = True
    assert (await client.get("/v1/dashboard/billing/subscription")).json()["hard_limit_usd"] == 100_000_000
