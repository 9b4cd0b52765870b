"""The policy in force in a process: of the folder that the settings name, or the shipped one."""

from schemas.policy import Policy, load_policy
from streams.settings import Settings, SettingsError

SHOWN = 5


def policy_of(settings: Settings) -> Policy:
    """The policy; ConfigError where a file is wrong, SettingsError where the folder lacks an entry: the rules that read it would fail for everybody."""
    policy = load_policy(settings.policy_folder)
    if settings.policy_folder is not None:
        missing = [key for key in load_policy().entries if key not in policy.entries]
        if missing:
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            raise SettingsError(f"CANBAO_POLICY_FOLDER: must have every entry of schemas/policy, lacks {', '.join(missing[:SHOWN])}{more}")
    return policy
