-- Sound: cloned voices, and results that are brought in an order.

ALTER TABLE jobs ADD COLUMN behind TEXT NOT NULL DEFAULT '';

CREATE TABLE voices (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    remote_id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    sample TEXT NOT NULL,
    sample_mime TEXT NOT NULL,
    sample_size BIGINT NOT NULL,
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    thread TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    job_id TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL,
    keep BOOLEAN NOT NULL,
    gone BOOLEAN NOT NULL,
    locale TEXT NOT NULL,
    UNIQUE (person_id, folded)
);
CREATE INDEX voices_kept ON voices (used_ms) WHERE keep AND NOT gone;
CREATE INDEX voices_sample ON voices (sample);
