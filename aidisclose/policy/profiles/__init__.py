"""Profiles: the rules of a law, a standard or a framework.

To add one, write a module with a `PROFILE` and name it here.
"""

from __future__ import annotations

from typing import Final

from aidisclose.policy.profiles import (
    c2pa_conformance,
    ca_sb942,
    cn_gb45438,
    cross,
    eu_ai_act,
    iptc,
    pai,
    us_wa_hb1170,
)
from aidisclose.policy.rule import Profile, Rule

#: By name, in the order in which they are listed.
PROFILES: Final[dict[str, Profile]] = {
    module.PROFILE.name: module.PROFILE
    for module in (
        *(pai, eu_ai_act, ca_sb942, us_wa_hb1170, cn_gb45438),
        *(iptc, c2pa_conformance, cross),
    )
}
#: Checked once with whatever other profiles are.
CROSS: Final = cross.PROFILE

#: By id.
RULES: Final[dict[str, Rule]] = {
    rule.id: rule for profile in PROFILES.values() for rule in profile.rules
}
