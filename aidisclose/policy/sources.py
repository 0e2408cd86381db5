"""The texts that rules come from, as dated data: what they are, where and when they were read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final


class TextKind(Enum):
    """The force of a text."""

    LAW = "law"
    CODE = "code of practice"
    STANDARD = "standard"
    RECOMMENDATION = "recommendation"
    OWN = "your policy"


class Addressee(Enum):
    """The party that has to follow a rule."""

    PROVIDER = "provider of the AI system"
    DEPLOYER = "deployer: whoever publishes the content"
    PLATFORM = "platform or distributor"
    CAPTURE = "maker of capture devices"
    ANYONE = "anyone who follows the text"


class Certainty(Enum):
    """The stage that a text has reached."""

    IN_FORCE = "in force"
    ADOPTED = "adopted, applies later"
    DRAFT = "draft"


class Reading(Enum):
    """The way in which the text was read."""

    TEXT = "the text itself"
    EXCERPTS = "excerpts and quotations"
    NONE = "not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalText:
    """A text.

    Attributes:
        title: Its name.
        kind: Its force.
        certainty: Whether it applies yet.
        reading: The way in which it was read.
        read: The day on which it was read.
        address: Its address; empty if no address was verified.
    """

    title: str
    kind: TextKind
    certainty: Certainty = Certainty.IN_FORCE
    reading: Reading = Reading.EXCERPTS
    read: date | None = date(2026, 11, 23)
    address: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether it may fail a build: drafts and what was not verified never do."""
        return self.certainty is not Certainty.DRAFT and self.reading is not Reading.NONE


AI_ACT: Final = LegalText(
    title="Regulation (EU) 2024/1689 (AI Act), Article 50",
    kind=TextKind.LAW,
    address="https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
)
EU_CODE: Final = LegalText(
    title="Code of Practice on transparency of AI-generated content (2026-06-10)",
    kind=TextKind.CODE,
    address="https://digital-strategy.ec.europa.eu/en/library/"
    "how-sign-code-practice-transparency-ai-generated-content",
)
CALIFORNIA: Final = LegalText(
    title="California AI Transparency Act (SB 942), as amended by SB 1000 (chapter 861 of 2026)",
    kind=TextKind.LAW,
    read=date(2026, 11, 26),
    address="https://legilist.com/states/california/bill/2025-2026/sb-1000/",
)
CALIFORNIA_PLATFORMS: Final = LegalText(
    title="California AB 853 and AB 2713, platforms",
    kind=TextKind.LAW,
    certainty=Certainty.ADOPTED,
    read=date(2026, 11, 26),
    address="https://opencalaccess.org/leginfo/bill_info/20250AB85393CHP",
)
CALIFORNIA_CAPTURE: Final = LegalText(
    title="California AB 853, capture devices",
    kind=TextKind.LAW,
    certainty=Certainty.ADOPTED,
    read=date(2026, 11, 27),
    address="https://self-law.org/code/ca/business-and-professions-code/22757-3-3",
)
UTAH: Final = LegalText(
    title="Utah HB 276, Digital Content Provenance Standards Act",
    kind=TextKind.LAW,
    certainty=Certainty.ADOPTED,
    read=date(2026, 11, 27),
    address="https://lexace.ai/us/statute/utah/13-72c-203",
)
NEW_YORK: Final = LegalText(
    title="New York S.8420-A, synthetic performers in advertisements",
    kind=TextKind.LAW,
    read=date(2026, 11, 27),
    address="https://assembly.state.ny.us/leg/?Text=Y&bn=S8420&term=2025",
)
INDIA: Final = LegalText(
    title="India, IT Rules 2021 as amended by G.S.R. 120(E)",
    kind=TextKind.LAW,
    read=date(2026, 11, 27),
    address="https://gazettetracker.com/g/CG-DL-E-10022026-269993",
)
INDIA_DRAFT: Final = LegalText(
    title="India, draft amendments of the IT Rules, 2026-03-30 and 2026-04-21",
    kind=TextKind.LAW,
    certainty=Certainty.DRAFT,
    read=date(2026, 11, 27),
    address="https://globalindiabroadcastnews.com/?p=39299",
)
KOREA: Final = LegalText(
    title="Korea, AI Basic Act, Article 31, with its guidelines on transparency",
    kind=TextKind.LAW,
    read=date(2026, 11, 27),
    address="https://shinkim.com/eng/media/newsletter/3190",
)
VIETNAM: Final = LegalText(
    title="Vietnam, Law on Artificial Intelligence (134/2025/QH15), with Decree 142/2026",
    kind=TextKind.LAW,
    read=date(2026, 11, 27),
    address="https://vietnamlawmagazine.vn/mandatory-labels-required-for-ai-generated-content-79501.html",
)
WASHINGTON: Final = LegalText(
    title="Washington HB 1170, as passed by the legislature",
    kind=TextKind.LAW,
    certainty=Certainty.ADOPTED,
    read=date(2026, 11, 26),
    address="https://wa-law.org/bill/2025-26/hb/1170/S2.PL",
)
CHINA: Final = LegalText(
    title="Measures for labelling AI-generated content, with GB 45438-2025",
    kind=TextKind.LAW,
    read=date(2026, 11, 27),
    address="https://www.cac.gov.cn/2025-09/04/c_1758702660213189.htm",
)
CHINA_CODES: Final = LegalText(
    title="TC260-PG-20252A, practice guide: codes of service providers (2025-03-14)",
    kind=TextKind.RECOMMENDATION,
    read=date(2026, 11, 27),
    address="https://www.secrss.com/articles/76654",
)
CHINA_GUIDES: Final = LegalText(
    title="TC260 practice guides for labels in metadata of files (August 2025)",
    kind=TextKind.RECOMMENDATION,
)
PAI: Final = LegalText(
    title="PAI Responsible Practices for Synthetic Media",
    kind=TextKind.RECOMMENDATION,
    read=date(2026, 11, 26),
    address="https://syntheticmedia.partnershiponai.org",
)
IPTC: Final = LegalText(
    title="IPTC Photo Metadata Standard 2025.1",
    kind=TextKind.STANDARD,
    address="http://cv.iptc.org/newscodes/digitalsourcetype/",
)
C2PA: Final = LegalText(
    title="C2PA specification and conformance programme 0.2",
    kind=TextKind.STANDARD,
    reading=Reading.TEXT,
    address="https://github.com/c2pa-org/conformance-public",
)
OWN: Final = LegalText(
    title="your own statements and policy", kind=TextKind.OWN, reading=Reading.TEXT, read=None
)
