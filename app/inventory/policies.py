"""Permissions that the fields and mutations of the inventory require."""

from app.access.permissions import Permission
from app.core.graphql.policy import needs

VIEW = needs(Permission.STOCK_VIEW)
COSTS = needs(Permission.STOCK_COSTS)
MANAGE = needs(Permission.STOCK_MANAGE)
