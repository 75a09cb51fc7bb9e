"""The current currencies of ISO 4217 and the number of decimals of their minor units.

Source: ISO 4217, list one (current currency and funds codes) of its maintenance agency, SIX, as of 2026.
Entries without a minor unit are left out: metals, special drawing rights, and the codes for testing and for
no currency. Unicode's CLDR, which most libraries use, has fewer decimals for some currencies, because few
coins of the minor unit are in use.
"""

from functools import lru_cache

from babel.numbers import get_currency_precision

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
    PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"

IN_USE: dict[str, int] = {
    code: decimals
    for decimals, codes in ((0, _NONE), (2, _TWO), (3, _THREE), (4, _FOUR))
    for code in codes.split()
}
# Retired currencies that stored amounts may still use. Other retired currencies have the decimals of CLDR.
_RETIRED = {"SLL": 2}


@lru_cache(maxsize=512)
def decimals(code: str) -> int:
    """The number of decimals of a current or retired currency."""
    found = IN_USE.get(code, _RETIRED.get(code))
    return get_currency_precision(code) if found is None else found
