"""Planted cases, one file a rule: what the departments write on which days, and what canbao must say of it at the end, or nothing."""
