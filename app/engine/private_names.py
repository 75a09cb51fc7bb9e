"""The private names of libraries that the engine relies on, by module and by the object that has them.

No other module of the product uses private names of these libraries. A test compares this table with the code
and with the installed libraries: after an upgrade it names those that are gone.
"""

PRIVATE_NAMES: dict[str, dict[str, str]] = {
    "database/altering.py": {
        "tortoise.migrations.schema_editor:SqliteSchemaEditor": (
            "_alter_field _remake_table _resolve_fields_to_columns _run_sql"
        ),
    },
    "database/inserting.py": {"tortoise.models:Model": "_saved_in_db"},
    "database/migration.py": {
        "tortoise.migrations:Migration": "_run_database_forward",
        "tortoise.migrations.schema_generator.state_apps:StateApps": (
            "_build_initial_querysets _connections _default_connections"
        ),
        "tortoise.models:MetaInfo": "_inited",
    },
    "database/pool.py": {
        "asyncpg.pool:Pool": "_acquire",
        "tortoise.backends.asyncpg.client:AsyncpgDBClient": (
            "_check_loop _connection _in_transaction _pool _pool_init_lock"
        ),
        "tortoise.backends.asyncpg.client:TransactionWrapper": "_parent",
    },
    "database/row_counts.py": {"tortoise.queryset:QuerySet": "_choose_db_if_not_chosen _make_query"},
    "database/rows.py": {
        "tortoise.models:Model": "_await_when_save _custom_generated_pk _init_from_db _partial _saved_in_db",
    },
    "database/shapes.py": {
        "tortoise.expressions:Q": "_is_negated",
        "tortoise.manager:Manager": "_model",
        "tortoise.queryset:QuerySet": (
            "_annotations _choose_db_if_not_chosen _custom_filters _distinct _execute _fields_for_select "
            "_filter_kwargs _force_indexes _group_bys _having _joined_tables _limit _make_query _offset "
            "_orderings _prefetch_map _prefetch_queries _q_objects _raise_does_not_exist _select_for_update "
            "_select_for_update_no_key _select_for_update_nowait _select_for_update_of "
            "_select_for_update_skip_locked _select_related _single _use_indexes"
        ),
    },
    "database/sql.py": {"tortoise.connection:ConnectionHandler": "_get_storage"},
    "database/sqlite.py": {
        "tortoise.backends.sqlite.client:SqliteClient": "_connection _in_transaction _lock",
        "tortoise.backends.sqlite.client:SqliteTransactionContext": "_trxlock",
        "tortoise.backends.sqlite.client:SqliteTransactionWrapper": "_parent",
    },
    "database/starting.py": {"tortoise:Tortoise.init": "_enable_global_fallback"},
    "database/unwritten.py": {
        "tortoise.migrations.autodetector:MigrationAutodetector": "_current_state _project_state",
    },
    "graphql/schema.py": {
        "strawberry.schema.schema:Schema": "_execute_operation _prepare_operation_async _schema",
        "strawberry.types:ExecutionContext": "_provided_operation_name",
        "strawberry.types.info:Info": "_field _raw_info",
    },
}
