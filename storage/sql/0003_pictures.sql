-- Pictures: what is done to a result, the buttons that the gateway offers under it, and the window in which its task waits.
-- One column for each ALTER TABLE: SQLite takes no more.

ALTER TABLE jobs ADD COLUMN action TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN press TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN buttons TEXT NOT NULL DEFAULT '[]';
ALTER TABLE jobs ADD COLUMN confirmed_ms BIGINT NOT NULL DEFAULT 0;

-- what a person has had made, from the newest back: everywhere, and in one chat
CREATE INDEX jobs_made ON jobs (person_id, number) WHERE state IN ('done', 'ready', 'undelivered');
CREATE INDEX jobs_made_here ON jobs (person_id, platform, chat, number) WHERE state IN ('done', 'ready', 'undelivered');
