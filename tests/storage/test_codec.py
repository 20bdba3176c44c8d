"""What is written is read again, field for field, and bytes are left out."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.assistant import Proposal
from core.values import Artifact, Deed, Job, Part, Place, RemoteButton, Turn, Usage
from storage.codec import ARTIFACT_FIELDS, BUTTON_FIELDS, DEED_FIELDS, PART_FIELDS, USAGE_FIELDS, dump, load
from storage.codec_jobs import JOB_COLUMNS, job_values, read_job
from storage.codec_turns import TURN_COLUMNS, read_turn, turn_values
from storage.proposals import PROPOSAL_COLUMNS, proposal_values, read_proposal
from storage.session import Value

TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PLACES = st.builds(Place, TEXT, TEXT, TEXT, st.booleans())
PARTS = st.builds(Part, text=TEXT, media=TEXT, name=TEXT, size=st.integers(0), role=TEXT, data=st.binary(max_size=3))
ARTIFACTS = st.builds(
    Artifact, url=TEXT, data=st.binary(max_size=3), media=TEXT, duration_s=st.floats(0, 1e6), text=TEXT
)
PARAMS = st.dictionaries(TEXT, JSON, max_size=2)
TURNS = st.builds(
    Turn,
    place=PLACES,
    question=st.lists(PARTS, max_size=2).map(tuple),
    error_params=PARAMS,
    media=st.lists(ARTIFACTS, max_size=2).map(tuple),
    deeds=st.lists(st.builds(Deed, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)
PROPOSALS = st.builds(Proposal, place=PLACES, arguments=PARAMS)
JOBS = st.builds(
    Job,
    place=PLACES,
    options=st.dictionaries(TEXT, TEXT, max_size=2),
    inputs=st.lists(PARTS, max_size=2).map(tuple),
    results=st.lists(ARTIFACTS, max_size=2).map(tuple),
    error_params=PARAMS,
    buttons=st.lists(st.builds(RemoteButton, asks=st.sampled_from(["", "words", "region"])), max_size=2).map(tuple),
)


def row(values: dict[str, Value], columns: tuple[str, ...]) -> tuple[Any, ...]:
    assert set(values) == set(columns)
    return tuple(values[column] for column in columns)


@given(TURNS)
def test_turns(turn: Turn) -> None:
    question = tuple(replace(part, data=b"") for part in turn.question)
    media = tuple(replace(artifact, data=b"") for artifact in turn.media)
    assert read_turn(row(turn_values(turn), TURN_COLUMNS)) == replace(turn, question=question, media=media)


@given(JOBS)
def test_jobs(job: Job) -> None:
    inputs = tuple(replace(part, data=b"") for part in job.inputs)
    results = tuple(replace(artifact, data=b"") for artifact in job.results)
    read = read_job(row(job_values(job), JOB_COLUMNS))
    assert read == replace(job, inputs=inputs, results=results)
    assert read.place.private == job.place.private


@given(PROPOSALS)
def test_proposals(proposal: Proposal) -> None:
    assert read_proposal(row(proposal_values(proposal), PROPOSAL_COLUMNS)) == proposal


@given(JSON)
def test_json(value: Any) -> None:
    assert load(dump(value)) == value


def test_no_field_is_forgotten() -> None:
    def names(kind: type[Any], *without: str) -> list[str]:
        return [field.name for field in fields(kind) if field.name not in without]

    assert list(PART_FIELDS) == names(Part, "data", "url")
    assert list(ARTIFACT_FIELDS) == names(Artifact, "data")
    assert list(USAGE_FIELDS) == names(Usage)
    assert list(DEED_FIELDS) == names(Deed)
    assert list(BUTTON_FIELDS) == names(RemoteButton)
    place = {"platform", "chat", "thread", "private"}
    assert set(TURN_COLUMNS) == {*names(Turn, "place"), *place}
    assert set(JOB_COLUMNS) == {*names(Job, "place"), *place}
    assert set(PROPOSAL_COLUMNS) == {*names(Proposal, "place"), *place}
