from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class ProductCreated(Event):
    subject_kind: ClassVar[str] = "product"
    slug: str


@dataclass(frozen=True, kw_only=True)
class ProductUpdated(Event):
    subject_kind: ClassVar[str] = "product"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class VariantCreated(Event):
    subject_kind: ClassVar[str] = "product"
    sku: str


@dataclass(frozen=True, kw_only=True)
class VariantUpdated(Event):
    subject_kind: ClassVar[str] = "product"
    sku: str
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class PricesSet(Event):
    subject_kind: ClassVar[str] = "price_list"
    skus: list[str]


@dataclass(frozen=True, kw_only=True)
class PricesDeleted(Event):
    subject_kind: ClassVar[str] = "price_list"
    skus: list[str]


@dataclass(frozen=True, kw_only=True)
class PriceListUpdated(Event):
    subject_kind: ClassVar[str] = "price_list"
    changed: list[str]
