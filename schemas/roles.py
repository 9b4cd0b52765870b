"""Roles of the people who use canbao, and of its own processes. What a role may do is said where it is checked; each is held for a division."""

from enum import StrEnum


class Role(StrEnum):
    """Who acts. Labels are what pages show."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    STEWARD = "steward"
    POLICY = "policy"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    PROVINCE = "province"
    SYSTEM = "system"


LABELS_ZH = {
    Role.CLERK: "经办人员",
    Role.SUPERVISOR: "复核主管",
    Role.STEWARD: "数据管理员",
    Role.POLICY: "政策管理员",
    Role.OPERATOR: "运维人员",
    Role.AUDITOR: "审计人员",
    Role.PROVINCE: "省级用户",
    Role.SYSTEM: "系统进程",
}
