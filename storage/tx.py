"""A transaction as the core sees it: every port, on one session."""

from __future__ import annotations

from core.ports import Clock
from storage.assets import AssetTable
from storage.conversations import ConversationTable
from storage.inbox import InboxTable
from storage.jobs import JobTable
from storage.ledger import LedgerTable
from storage.media_index import MediaTable
from storage.memories import MemoryTable
from storage.notices import NoticeTable
from storage.people import PeopleTable
from storage.proposals import ProposalTable
from storage.session import Session
from storage.voices import VoiceTable


class SessionTx:
    def __init__(self, session: Session, clock: Clock) -> None:
        self.inbox = InboxTable(session)
        self.people = PeopleTable(session)
        self.ledger = LedgerTable(session)
        self.conversations = ConversationTable(session, clock)
        self.jobs = JobTable(session)
        self.notices = NoticeTable(session)
        self.memories = MemoryTable(session)
        self.proposals = ProposalTable(session)
        self.assets = AssetTable(session)
        self.voices = VoiceTable(session)
        self.media = MediaTable(session)
