-- The assistant: how a question is to be answered, what an answer is made of, what tools did and what is remembered.
-- One column for each ALTER TABLE: SQLite takes no more.

ALTER TABLE conversations ADD COLUMN effort TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN search BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conversations ADD COLUMN system TEXT NOT NULL DEFAULT '';

ALTER TABLE turns ADD COLUMN effort TEXT NOT NULL DEFAULT '';
ALTER TABLE turns ADD COLUMN search BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE turns ADD COLUMN system TEXT NOT NULL DEFAULT '';
ALTER TABLE turns ADD COLUMN thoughts TEXT NOT NULL DEFAULT '';
ALTER TABLE turns ADD COLUMN media TEXT NOT NULL DEFAULT '[]';
ALTER TABLE turns ADD COLUMN deeds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE turns ADD COLUMN tainted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX turns_parent ON turns (parent_id) WHERE parent_id <> '';
-- searched from the newest back
DROP INDEX turns_conversation;
CREATE INDEX turns_conversation ON turns (conversation_id, number);

ALTER TABLE jobs ADD COLUMN turn_id TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN continues TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN transcript TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_turn ON jobs (turn_id) WHERE turn_id <> '';

CREATE INDEX notices_reminders ON notices (person_id, due_ms) WHERE key = 'reminder' AND NOT done;

CREATE TABLE summaries (
    turn_id TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE memories (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX memories_person ON memories (person_id, number);

CREATE TABLE proposals (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    turn_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    thread TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    locale TEXT NOT NULL,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price >= 0),
    created_ms BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'declined')),
    message_id TEXT NOT NULL,
    title TEXT NOT NULL,
    origin_id TEXT NOT NULL
);
CREATE INDEX proposals_turn ON proposals (turn_id, number);
CREATE INDEX proposals_person ON proposals (person_id);
CREATE INDEX proposals_created ON proposals (created_ms);
