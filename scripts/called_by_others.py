"""Names that only frameworks and other programs use, with their users. Add no others."""

# Functions with one of these decorators.
DECORATORS = {
    "@field": "a field of a GraphQL type",
    "@level_field": "a field of a GraphQL type",
    "@query": "a field of the root type",
    "@mutation": "a field of the root type",
    "@subscription": "a field of the root type",
    "@app.command": "a command of the shell",
    "@cli.command": "a command of the shell",
}

# Definitions with one of these names.
NAMES = {
    "Meta": "Tortoise reads what a model says in it",
    "type_annotations": "Strawberry: the members of a union",
    "unique_together": "Tortoise: a rule of a model",
    "model_config": "Pydantic",
}

# Members and fields of subclasses of these classes.
BASES = {
    "Described": "values come from requests and rows",
    "Enum": "values come from requests and rows",
    "IntEnum": "values come from requests and rows",
    "StrEnum": "values come from requests and rows",
    "LifecycleStatus": "values come from requests and rows",
    "LifecycleStep": "values come from requests and rows",
    "Event": "the payload that the journal shows",
    "FulfillmentEvent": "the payload that the journal shows",
}

_TORTOISE = "Tortoise's connection or manager calls it"
_GRAPHQL = "graphql-core calls or reads it"
_STRAWBERRY = "Strawberry calls or reads it"
_UVICORN = "uvicorn calls or reads it"

# By file: the user, and the names that it uses.
FILES = {
    "app/channels/schema/shipping.py": ("changes_of reads every field of an input", ["free_from"]),
    "app/notifications/contexts.py": (
        "templates read the values by their names",
        [
            "pay_link",
            "placed_on",
            "taxes_included",
            "amount_due",
            "of_several",
            "has_new_address",
            "has_new_shipping",
            "has_new_billing",
            "has_new_codes",
            "is_gift",
            "is_whole",
            "has_new_amounts",
        ],
    ),
    "app/notifications/rendering.py": (
        "python-liquid reads it",
        [
            "context_class",
            "template_class",
            "loop_iteration_limit",
            "local_namespace_limit",
            "output_stream_limit",
            "context_depth_limit",
            "block_nesting_limit",
        ],
    ),
    "app/engine/database/pool.py": (_TORTOISE, ["_check_loop", "_in_transaction"]),
    "app/core/database/postgres.py": (_TORTOISE, ["client_class"]),
    "app/core/database/sqlite.py": (_TORTOISE, ["client_class"]),
    "app/engine/database/plain_pool.py": (_TORTOISE, ["client_class"]),
    "app/engine/graphql/compiled/attributes.py": (_STRAWBERRY, ["get_result"]),
    "app/engine/database/rows.py": (_TORTOISE, ["manager"]),
    "app/engine/database/shapes.py": (_TORTOISE, ["get_queryset"]),
    "app/engine/database/sqlite.py": (_TORTOISE, ["_in_transaction"]),
    "app/core/described.py": ("enum reads it", ["_value_"]),
    "app/engine/graphql/compiled/calls.py": (_GRAPHQL, ["enter_variable"]),
    "app/engine/graphql/compiled/executor.py": (_GRAPHQL, ["async_helpers", "enter_directive"]),
    "app/core/graphql/documents.py": (_STRAWBERRY, ["get_results", "graphql_document"]),
    "app/core/graphql/event_stream.py": ("Starlette runs it after the answer", ["background"]),
    "app/core/graphql/introspection.py": (_GRAPHQL, ["enter_field"]),
    "app/core/graphql/levels.py": ("inspect reads it", ["__signature__"]),
    "app/core/graphql/merging.py": (_GRAPHQL, ["enter_operation_definition"]),
    "app/core/graphql/once.py": ("inspect reads it", ["__signature__"]),
    "app/core/graphql/schema.py": (
        _STRAWBERRY,
        ["process_errors"],
    ),
    "app/engine/graphql/schema.py": (_STRAWBERRY, ["_prepare_operation_async", "extensions_runner"]),
    "app/engine/private_names.py": ("a test compares it with the code and the libraries", ["PRIVATE_NAMES"]),
    "app/engine/graphql/validating.py": (_GRAPHQL, ["get_variable_usages"]),
    "app/core/graphql/websocket.py": (
        _STRAWBERRY,
        [
            "Operation",  # in an annotation
            "get_context",
            "graphql_transport_ws_handler_class",
            "handle_task_exception",
            "ignore_parsing_errors",
            "iter_json",
            "on_ws_connect",
            "response",
            "send_json",
            "websocket_adapter_class",
        ],
    ),
    "app/payments/gateways/stripe_requests.py": (
        "Stripe's SDK calls and reads it",
        ["request_async", "sleep_async", "secs", "enable_telemetry"],
    ),
    "app/payments/gateways/stripe.py": ("in annotations", ["RequestOptions"]),
    "app/main.py": ("uvicorn calls it by its name, app.main:create_app", ["create_app"]),
    "app/reports/schema.py": ("in annotations", ["From"]),
    "app/web/bounded_logs.py": ("structlog gives it", ["logger"]),
    "app/web/guarding/http.py": (
        _UVICORN,
        ["_unsupported_upgrade_warning", "disconnected", "keep_alive", "msg", "send_400_response"],
    ),
    "app/web/guarding/websocket.py": (_UVICORN, ["disconnected"]),
}
