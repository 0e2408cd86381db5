"""Profiles: the rules of a law, a standard or a framework.

To add one, write a module with a `PROFILE` and name it in `_MODULES`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from aidisclose.policy.rule import Profile, Rule

#: In the order in which they are listed.
_MODULES: Final = (
    "pai",
    "eu_ai_act",
    "ca_sb942",
    "us_ca_platform",
    "us_ca_capture",
    "us_ny_ads",
    "us_ut_hb276",
    "us_wa_hb1170",
    "cn_gb45438",
    "in_it_rules",
    "kr_ai_basic_act",
    "vn_ai_law",
    "iptc",
    "c2pa_conformance",
    "cross",
)


def _load(name: str) -> Profile:
    profile: Profile = import_module(f"{__name__}.{name}").PROFILE
    return profile


#: By name.
PROFILES: Final[dict[str, Profile]] = {profile.name: profile for profile in map(_load, _MODULES)}
#: Checked once with whatever other profiles are.
CROSS: Final = _load("cross")

#: By id.
RULES: Final[dict[str, Rule]] = {
    rule.id: rule for profile in PROFILES.values() for rule in profile.rules
}
