"""docs/settings.md and the settings agree."""

import re
from functools import cache
from pathlib import Path

import pytest

import app.settings
from app import main
from app.core.bus import make_bus
from app.core.database import tortoise_config
from app.settings import Misconfigured, Settings, settings, with_port

DOC = Path(__file__).parent.parent / "docs" / "settings.md"


def test_exactly_the_existing_settings_are_documented_with_their_defaults():
    documented = {}
    for line in DOC.read_text().splitlines():
        match = re.match(r"\| `ORDERGRAPH_(\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$", line)
        if match:
            documented[match[1].lower()] = (match[2] or "", match[3])
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        default = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        shown = ",".join(default) if isinstance(default, frozenset) else getattr(default, "value", default)
        expected[name] = (str(shown), field.description)
    assert documented == expected


def test_an_unknown_database_or_bus_is_refused_with_the_name_of_its_setting():
    with pytest.raises(Misconfigured, match="ORDERGRAPH_DATABASE_URL"):
        tortoise_config(Settings(database_url="mysql://x"))
    with pytest.raises(Misconfigured, match="ORDERGRAPH_BUS_URL"):
        make_bus(Settings(bus_url="carrier-pigeon://x"))


@pytest.mark.parametrize("proxies", ["10.0.0.7", "10.0.0.7, 10.1.0.0/16,fd00::/8", "::1", "*", ""])
def test_trusted_proxies_are_addresses_and_networks(proxies: str):
    main.check_settings(settings().model_copy(update={"trusted_proxies": proxies}))


@pytest.mark.parametrize(
    "proxies", ["nginx", "10.0.0.7,10.0.0.1/8", "10.0.0.0/33", "fd00::1/8", "10.0.0.7 10.0.0.8", "10.0.0.7,*"]
)
def test_an_invalid_trusted_proxy_is_refused_with_the_name_of_its_setting(proxies: str):
    with pytest.raises(Misconfigured, match="ORDERGRAPH_TRUSTED_PROXIES"):
        main.check_settings(settings().model_copy(update={"trusted_proxies": proxies}))


def test_the_port_of_the_command_line_is_the_one_in_links_of_all_workers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERGRAPH_PORT", "8000")
    # Other tests change the settings of this process, which must stay the same object.
    monkeypatch.setattr(app.settings, "settings", cache(settings.__wrapped__))
    before = settings()
    assert app.settings.settings().port == 8000
    assert with_port(8123).port == 8123
    assert app.settings.settings().port == Settings().port == 8123  # type: ignore[call-arg]
    assert settings() is before
