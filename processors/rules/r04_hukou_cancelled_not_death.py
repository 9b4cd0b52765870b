"""R04: a cancelled household registration is not a death.

Conscription and arrest cancel a registration too (户口登记条例 第11条、第12条), so do moving out (第10条) and settling abroad, and a
duplicate registration is deleted. Only the cancellation reason 死亡 is a death claim of the police, and 宣告死亡 one of a court.
A guard, not an alert: intake asks it before it makes a death claim of a registration row.
"""

from schemas.kinds import CancelReason, DeathOrigin

_ORIGINS = {
    CancelReason.DEATH: DeathOrigin.POLICE,
    CancelReason.DECLARED_DEAD: DeathOrigin.COURT,
}


def death_origin_of(cancel_reason: int) -> DeathOrigin | None:
    """The origin group of the death claim that a cancellation makes; None where it says nothing of a death.

    Args:
        cancel_reason: a `CancelReason`; a number outside its values counts as UNKNOWN.
    """
    return _ORIGINS.get(cancel_reason)  # type: ignore[call-overload,no-any-return]  # an int finds its IntEnum
