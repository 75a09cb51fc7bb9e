"""Functions of more than 40 lines, without the docstring, each with the reason why it is not divided."""

import ast
from collections.abc import Iterator

FUNCTION_LINES = 40

_CHECKS = "checks the fields of one input one after the other; each message takes several lines"
_STEPS = "the steps of one transaction in their order; each step is a call"
_BUILDS = "builds one thing from its parts, without branches"
_STATEMENTS = "consists of SQL statements"
_HOT = "runs for each request or order; further calls would cost time"

LONG_FUNCTIONS: dict[str, str] = {
    "access/tokens.py:create_api_token": _CHECKS,
    "catalog/queries/offers.py:offered": _STATEMENTS,
    "catalog/service/composing.py:_checked_parts": _CHECKS,
    "catalog/service/composing.py:set_units": _CHECKS,
    "catalog/service/pricing.py:set_price": _CHECKS,
    "catalog/service/products.py:create_product": _STEPS,
    "channels/service/channels.py:create": _STEPS,
    "core/graphql/http.py:_answer": _HOT,
    "core/graphql/schema.py:__init__": _BUILDS,
    "core/outgoing/asking.py:ask": _BUILDS,
    "demo/goods.py:_product": _BUILDS,
    "demo/ground.py:create_base_data": _BUILDS,
    "engine/graphql/compiled/columns.py:leaf": "consists of five short functions, one for each kind of leaf",
    "inventory/receiving/service/receipts.py:receive": _STEPS,
    "inventory/stock/service/lot_numbers.py:_refuse_bad": _CHECKS,
    "inventory/stock/service/promising.py:repeg": _HOT,
    "inventory/stock/service/returns.py:take_back": _STEPS,
    "main.py:create_app": _BUILDS,
    "orders/queries/verifying.py:differences": _STATEMENTS,
    "orders/service/editing.py:edit_locked": _STEPS,
    "orders/service/merging.py:merged": _BUILDS,
    "orders/service/pricing.py:_items": _CHECKS,
    "orders/service/pricing.py:price_order": _HOT,
    "orders/service/rule_settings.py:set_rule": _CHECKS,
    "orders/service/staging.py:_asked": _CHECKS,
    "orders/service/staging.py:_new_lines": _CHECKS,
    "orders/service/staging.py:stage": _STEPS,
    "planning/planning.py:_rows": _BUILDS,
    "promotions/service/discounts.py:create_discount": _CHECKS,
    "suppliers/service/drop_shipping.py:order_drop_ship": _STEPS,
    "suppliers/service/receiving.py:receive_purchase_order": _STEPS,
    "suppliers/service/returning.py:create_supplier_return": _STEPS,
    "suppliers/service/suppliers.py:_refuse_bad": _CHECKS,
    "suppliers/service/suppliers.py:create_supplier": _STEPS,
    "web/requests.py:__call__": _HOT,
}


def long_functions(tree: ast.Module) -> Iterator[tuple[int, str, int]]:
    """The first line, the name and the number of lines of each function that is too long."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                text = node.body[0]
                lines -= (text.end_lineno or text.lineno) - text.lineno + 1
            if lines > FUNCTION_LINES:
                yield node.lineno, node.name, lines
