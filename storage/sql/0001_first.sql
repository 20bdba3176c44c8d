-- Words in braces differ between the engines and are filled in by session.py. Times are Unix ms, money is micros, JSON is TEXT.

-- who ------------------------------------------------------------------

CREATE TABLE persons (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member', 'stranger')),
    plan TEXT NOT NULL,
    locale TEXT,
    name TEXT NOT NULL,
    banned BOOLEAN NOT NULL,
    created_ms BIGINT NOT NULL,
    settings TEXT NOT NULL
);
CREATE INDEX persons_role ON persons (role);

CREATE TABLE identities (
    platform TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (platform, platform_id)
);
CREATE INDEX identities_person ON identities (person_id);
CREATE INDEX identities_name ON identities (platform, name_key);

CREATE TABLE groups (
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    allowed BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    plan TEXT NOT NULL,
    locale TEXT,
    PRIMARY KEY (platform, chat)
);

CREATE TABLE invites (
    code_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    uses BIGINT NOT NULL CHECK (uses >= 0),
    expires_ms BIGINT NOT NULL,
    made_by TEXT NOT NULL
);

-- money ----------------------------------------------------------------

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    daily BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    day TEXT NOT NULL,
    CHECK (id = 'house' OR (daily >= 0 AND kept >= 0))
);
INSERT INTO accounts (id, daily, kept, day) VALUES ('house', 0, 0, '');

CREATE TABLE entries (
    id {serial},
    ref TEXT NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('allowance', 'credit', 'hold', 'settle', 'excess', 'book')),
    account_id TEXT NOT NULL REFERENCES accounts (id) ON UPDATE CASCADE,
    daily BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    person_id TEXT NOT NULL,
    what TEXT NOT NULL,
    model TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (ref, step)
);
CREATE INDEX entries_account ON entries (account_id, created_ms);
CREATE INDEX entries_person ON entries (person_id, created_ms);
CREATE INDEX entries_created ON entries (created_ms);

CREATE TABLE meters (
    key TEXT NOT NULL,
    period TEXT NOT NULL,
    total BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (key, period)
);

-- what they say --------------------------------------------------------

CREATE TABLE inbox (
    number {serial},
    platform TEXT NOT NULL,
    id TEXT NOT NULL,
    chat TEXT NOT NULL,
    payload TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    owner TEXT NOT NULL,
    lease_ms BIGINT NOT NULL,
    done BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (platform, id)
);
CREATE INDEX inbox_open ON inbox (platform, number) WHERE NOT done;
CREATE INDEX inbox_done ON inbox (received_ms) WHERE done;

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL UNIQUE,
    head TEXT NOT NULL,
    model TEXT NOT NULL,
    persona TEXT NOT NULL
);
CREATE INDEX conversations_head ON conversations (head) WHERE head <> '';

CREATE TABLE turns (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    thread TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    origin_id TEXT NOT NULL,
    model TEXT NOT NULL,
    persona TEXT NOT NULL,
    question TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'answered', 'done', 'dropped')),
    created_ms BIGINT NOT NULL,
    answer TEXT NOT NULL,
    ending TEXT CHECK (ending IN ('complete', 'length', 'refused', 'cut', 'stopped', 'interrupted', 'failed')),
    error_key TEXT NOT NULL,
    error_params TEXT NOT NULL,
    usage TEXT NOT NULL,
    hold BIGINT NOT NULL CHECK (hold >= 0),
    cost BIGINT NOT NULL CHECK (cost >= 0),
    locale TEXT NOT NULL,
    opening_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    lease_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    stopping BOOLEAN NOT NULL,
    shown BOOLEAN NOT NULL,
    -- the person had everything deleted while it ran: no text is written any more
    forgotten BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX turns_one_in_lane ON turns (lane) WHERE state IN ('running', 'answered');
CREATE INDEX turns_lane ON turns (lane, number) WHERE state IN ('queued', 'running', 'answered');
CREATE INDEX turns_place ON turns (platform, chat, thread) WHERE state IN ('queued', 'running', 'answered');
CREATE INDEX turns_lease ON turns (lease_ms) WHERE state IN ('running', 'answered');
CREATE INDEX turns_origin ON turns (platform, chat, origin_id);
CREATE INDEX turns_person ON turns (person_id);
CREATE INDEX turns_conversation ON turns (conversation_id);

CREATE TABLE turn_parts (
    turn_id TEXT NOT NULL,
    part BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    final BOOLEAN NOT NULL,
    PRIMARY KEY (turn_id, part)
);

CREATE TABLE links (
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    message_id TEXT NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (platform, chat, message_id)
);
CREATE INDEX links_ref ON links (ref);

-- what they order ------------------------------------------------------

CREATE TABLE jobs (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    platform TEXT NOT NULL,
    chat TEXT NOT NULL,
    thread TEXT NOT NULL,
    private BOOLEAN NOT NULL,
    origin_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('chat', 'image', 'video', 'audio')),
    model TEXT NOT NULL,
    family TEXT NOT NULL,
    prompt TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'waiting', 'modal', 'ready', 'done', 'failed',
                                         'cancelled', 'unsure', 'undelivered')),
    quote BIGINT NOT NULL CHECK (quote >= 0),
    created_ms BIGINT NOT NULL,
    deadline_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    options TEXT NOT NULL,
    inputs TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    locale TEXT NOT NULL,
    version BIGINT NOT NULL,
    owner TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    task_id TEXT NOT NULL,
    sent_ms BIGINT NOT NULL,
    progress BIGINT NOT NULL,
    results TEXT NOT NULL,
    error_key TEXT NOT NULL,
    error_params TEXT NOT NULL,
    ack_id TEXT NOT NULL,
    result_ids TEXT NOT NULL,
    muted BOOLEAN NOT NULL,
    told BOOLEAN NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, due_ms);
CREATE INDEX jobs_owner ON jobs (owner) WHERE owner <> '';
CREATE INDEX jobs_person ON jobs (person_id, number);
CREATE INDEX jobs_open ON jobs (person_id, number) WHERE state IN ('modal', 'queued', 'ready', 'sending', 'waiting');

CREATE TABLE notices (
    number {serial},
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    params TEXT NOT NULL,
    person_id TEXT NOT NULL,
    platform TEXT,
    chat TEXT,
    thread TEXT,
    private BOOLEAN,
    due_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    done BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX notices_due ON notices (due_ms) WHERE NOT done;

-- files ----------------------------------------------------------------

CREATE TABLE media (
    key TEXT PRIMARY KEY,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX media_expiry ON media (expires_ms);
CREATE INDEX media_age ON media (created_ms, key);

-- which turn or job ('turn:ID', 'job:ID') names a file: what is forgotten with its last reader
CREATE TABLE media_refs (
    ref TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (ref, key)
);
CREATE INDEX media_refs_key ON media_refs (key);

CREATE TABLE media_file_ids (
    platform TEXT NOT NULL,
    key TEXT NOT NULL,
    file_id TEXT NOT NULL,
    PRIMARY KEY (platform, key)
);
