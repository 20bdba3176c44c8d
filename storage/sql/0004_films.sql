-- Films: jobs that are pieces of another, how long orders take, and the vendor's library of a person's own files.

ALTER TABLE jobs ADD COLUMN part_of TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN made_ms BIGINT NOT NULL DEFAULT 0;

CREATE INDEX jobs_pieces ON jobs (part_of) WHERE part_of <> '';
CREATE INDEX jobs_durations ON jobs (model, made_ms) WHERE made_ms > 0;

CREATE TABLE assets (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    media TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    thread TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    created_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    error_key TEXT NOT NULL,
    due_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    link TEXT NOT NULL,
    link_until_ms BIGINT NOT NULL,
    UNIQUE (person_id, folded)
);
CREATE INDEX assets_due ON assets (due_ms) WHERE state IN ('new', 'checking');
