"""The canonical codes that events, facts and rules share. Raw department codes are mapped to these by the feed files (domain: code tables)."""

from enum import IntEnum, StrEnum


class Kind(IntEnum):
    """What a fact is about. Each kind has one struct in `schemas.facts` and one section of the person's state."""

    DEATH_CLAIM = 1
    HUKOU = 2
    CARD = 3
    ENROLMENT = 4
    BENEFIT_RECORD = 5
    BENEFIT_PAYMENT = 6
    BENEFIT_RECOVERY = 7
    CONTRIBUTION = 8
    CONTRIB_REFUND = 9
    ALIVE = 10
    TRANSFER = 11
    BALANCE = 12
    PAYROLL = 13
    STATUS = 14
    NATIONAL_MATCH = 15
    IDENTITY = 16


class FactStatus(IntEnum):
    """ASSERTED: holds. WITHDRAWN: was never true (annulled). ENDED: true until now. ROW_GONE: the source row was deleted, the fact stays."""

    ASSERTED = 0
    WITHDRAWN = 1
    ENDED = 2
    ROW_GONE = 3


class Scheme(IntEnum):
    """AAE140 / INSUTYPE, canonical (LD/T 92-2013, GB/T 31594-2015; domain 1.5)."""

    UNKNOWN = 0
    PENSION_EMP = 110
    PENSION_CIVIL = 120
    PENSION_RES = 170
    UNEMPLOYMENT = 210
    MED_EMP = 310
    MED_SUPPLEMENT = 320
    MED_SPECIAL = 340
    MED_RES = 390
    INJURY = 410
    LONG_TERM_CARE = 419
    MATERNITY = 510


PENSION_EMPLOYEE = (Scheme.PENSION_EMP, Scheme.PENSION_CIVIL)
PENSION = (Scheme.PENSION_EMP, Scheme.PENSION_CIVIL, Scheme.PENSION_RES)
MEDICAL = (Scheme.MED_EMP, Scheme.MED_RES)
YEAR_SCHEMES = (Scheme.PENSION_RES, Scheme.MED_RES)


class Source(IntEnum):
    """The system that states a fact."""

    UNKNOWN = 0
    POLICE = 1
    HEALTH = 2
    CIVIL = 3
    TAX = 4
    CARD = 5
    BUSINESS = 6
    MEDICAL = 7
    COURT = 8
    NATIONAL = 9
    EDUCATION = 10
    JUSTICE = 11
    OTHER = 12


class DeathOrigin(IntEnum):
    """Origin group of a death claim (domain 3.4 `corroboration`)."""

    UNKNOWN = 0
    MEDICAL = 1
    POLICE = 2
    FUNERAL = 3
    FAMILY_COMMUNITY = 4
    COURT = 5
    NATIONAL = 6


class Precision(IntEnum):
    """How exactly a date is known."""

    DAY = 0
    MONTH = 1
    YEAR = 2
    NOT_AFTER = 3  # no date at all: the day on which the row was booked, and it was true by then


class CancelReason(IntEnum):
    """Why a household registration was cancelled (户口登记条例 arts 8-12; domain R04)."""

    NONE = 0
    DEATH = 1
    MILITARY = 2
    MOVED_OUT = 3
    EMIGRATED = 4
    DUPLICATE = 5
    DECLARED_DEAD = 6
    ARREST = 7
    UNKNOWN = 9


class EnrolState(IntEnum):
    """State of one enrolment record, from the pair (AAC008, AAC031) of its own system (domain 1.3, 1.4)."""

    UNKNOWN = 0
    NONE = 1
    PAYING = 2
    PAUSED = 3
    DRAWING = 4
    PENSION_SUSPENDED = 5
    ENDED = 6
    INVALID = 7


class PayerKind(IntEnum):
    """Who pays."""

    UNKNOWN = 0
    EMPLOYER = 1
    INDIVIDUAL = 2
    GOVERNMENT = 3
    FUND = 4
    COLLECTIVE = 5


class Stage(IntEnum):
    """How far a contribution has come (domain 3.1b); a later stage outranks an earlier one."""

    BILLED = 1
    DECLARED = 2
    TREASURY = 3
    BOOKED = 4


class ContribKind(IntEnum):
    """Canonical contribution kind (AAA115 / AAE143; domain 1.6)."""

    UNKNOWN = 0
    NORMAL = 1
    ARREARS = 2
    RETRO = 3
    PREPAID = 4
    BASE_ADJUST = 5
    RATE_ADJUST = 6
    REFUND = 7
    WRITEOFF = 8
    SUBSIDY = 9
    REVERSAL = 10


COVERING_KINDS = frozenset({ContribKind.NORMAL, ContribKind.ARREARS, ContribKind.RETRO, ContribKind.PREPAID, ContribKind.SUBSIDY})


class PayLeg(IntEnum):
    """State of a payment leg; only PAID counts as money received (domain 1.12)."""

    PENDING = 0
    PAID = 1
    FAILED = 2
    WRITTEN_OFF = 3


class BenefitKind(IntEnum):
    """What a benefit record pays."""

    UNKNOWN = 0
    PENSION = 1
    UNEMPLOYMENT = 2
    INJURY = 3
    SURVIVOR = 4
    FUNERAL = 5


class BenefitState(IntEnum):
    """Canonical state of a benefit record (AAE116; domain 1.12)."""

    UNKNOWN = 0
    PAYABLE = 1
    SUSPENDED = 2
    ENDED = 3
    REJECTED = 4


class ItemClass(IntEnum):
    """Class of a benefit item (AAA036): only the first three are the person's pension."""

    UNKNOWN = 0
    BASIC = 1
    ACCOUNT = 2
    TOP_UP = 3
    LUMP_INHERIT = 4
    FUNERAL = 5
    SURVIVOR = 6
    NOT_PENSION = 7


class RecoveryKind(IntEnum):
    """How over-paid benefit money came back (domain 3.1c)."""

    RETURNED = 1
    REFUND = 2
    OFFSET = 3
    WRITE_OFF = 4


class AliveKind(IntEnum):
    """Evidence that a person lives; DATA_MATCH is not in-person evidence (domain R24)."""

    FACE = 1
    COUNTER = 2
    HOME_VISIT = 3
    HOSPITAL_CHECKED = 4
    HOSPITAL_UNCHECKED = 5
    DATA_MATCH = 6


class CardState(IntEnum):
    """State of a social-security card."""

    UNKNOWN = 0
    ACTIVE = 1
    LOST = 2
    CLOSED = 3


class PersonType(IntEnum):
    """Person type of a medical record that changes who wins a duplicate."""

    ORDINARY = 0
    STUDENT = 1
    NEWBORN = 2


class StatusKind(IntEnum):
    """A dated status of a person that exempts or suppresses."""

    STUDENT = 1
    MILITARY = 2
    CUSTODY = 3
    EMIGRATED = 4
    HARDSHIP = 5
    UNEMPLOYED_BENEFIT = 6
    UNINSURED_REASON = 7


class Level(StrEnum):
    """SIGNAL: one source, inside its settle window, not for action. ALERT: window over or corroborated (domain 3.1)."""

    SIGNAL = "SIGNAL"
    ALERT = "ALERT"


class Premise(StrEnum):
    """Whether what an alert states still holds; set by the engine only."""

    HOLDS = "HOLDS"
    RETRACTED = "RETRACTED"
    HEALED = "HEALED"
    SUPERSEDED = "SUPERSEDED"


class Change(StrEnum):
    """What a revision of an alert does."""

    OPENED = "OPENED"
    UPDATED = "UPDATED"
    HEALED = "HEALED"
    RETRACTED = "RETRACTED"
    SUPERSEDED = "SUPERSEDED"
    HANDLED = "HANDLED"  # the clerks' half changed, the engine's did not


class Severity(StrEnum):
    """Domain 3.5, highest first."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    INFO = "INFO"


class Queue(StrEnum):
    """Working queue (domain 3.1): A today, B this week, C monthly list, D statistics and outreach, P partner list."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    P = "P"


class Agency(StrEnum):
    """Who owns an alert (domain 3.1)."""

    SSC = "SSC"
    MED = "MED"
    TAX = "TAX"
    LABOR = "LABOR"
    POLICE = "POLICE"
    CIVIL = "CIVIL"
    DATA = "DATA"


class Cause(StrEnum):
    """Cause of a case: alerts of one subject and cause share a case_id (domain 3.1)."""

    DEATH = "DEATH"
    CUSTODY = "CUSTODY"
    DUP_PENSION = "DUP_PENSION"
    MEDICAL = "MEDICAL"
    NOT_COVERED = "NOT_COVERED"
    RETIREMENT = "RETIREMENT"
    EMPLOYER = "EMPLOYER"
    IDENTITY = "IDENTITY"


class Handling(StrEnum):
    """Set by clerks only, through decisions (domain 3.1)."""

    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    CHECKING = "CHECKING"
    CONFIRMED = "CONFIRMED"
    EXPLAINED = "EXPLAINED"
    DISPUTED = "DISPUTED"
    REFERRED = "REFERRED"
    CLOSED = "CLOSED"


class Origin(StrEnum):
    """BACKLOG: rests only on snapshot facts of a first load."""

    LIVE = "LIVE"
    BACKLOG = "BACKLOG"
