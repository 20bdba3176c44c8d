"""What speech and music have in common: the bad days that a prompt asks for, and the time before an answer begins."""

from bots.sandbox.directives import Flags, directives
from bots.sandbox.refusals import GeminiRefusal, LineCut
from bots.sandbox.state import Sandbox, silence


async def troubled(sandbox: Sandbox, prompt: str) -> Flags:
    """The directives of a prompt, after those that end the call were obeyed. Raises `Refusal` and `LineCut`."""
    told = directives(prompt)
    sandbox.check_told(told)
    if "fail" in told:
        raise GeminiRefusal("An internal error has occurred.", state="INTERNAL", status=500)
    if "never" in told:
        await silence()
    if sandbox.behaviour.first_token_s > 0:
        await sandbox.behaviour.sleep(sandbox.behaviour.first_token_s)
    if "cut" in told:
        raise LineCut
    return told
