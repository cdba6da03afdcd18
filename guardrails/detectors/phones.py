"""When two spellings are the same phone number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Number:
    """A phone number: the part that identifies it, and its country code where one was written."""

    national: str
    country: str

    def same(self, other: Number) -> bool:
        """Whether both can be dialled to reach the same phone."""
        if self.national == other.national:
            return not (self.country and other.country) or self.country == other.country
        longer, shorter = sorted((self, other), key=lambda n: len(n.national), reverse=True)
        prefix = longer.national.removesuffix(shorter.national)
        if len(shorter.national) < 6 or len(prefix) == len(longer.national) or longer.country:
            return False
        code = shorter.country
        return prefix == "0" or (
            bool(code) and prefix in (code, f"00{code}", f"011{code}", f"{code}0")
        )


@lru_cache(maxsize=1024)
def read(written: str) -> Number:
    """Read a number as dialled: with +, 00 or 011 internationally, else nationally."""
    plus = written.lstrip(" (").startswith("+")
    digits = re.sub(r"\D", "", re.split(r"(?i)\s?(?:ext|x|durchwahl|ramal)", written)[0])
    if not plus:
        for access in ("00", "011"):
            if digits.startswith(access) and len(digits) > 9:
                plus, digits = True, digits.removeprefix(access)
                break
    if plus and digits:
        import phonenumbers  # 0.2 s to import, and needed for international spellings only

        try:
            parsed = phonenumbers.parse(f"+{digits}")
        except phonenumbers.NumberParseException:
            return Number(digits, "")
        return Number(str(parsed.national_number), str(parsed.country_code))
    return Number(digits.lstrip("0"), "")
