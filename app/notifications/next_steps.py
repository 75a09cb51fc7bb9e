"""The next steps of a template, and who may take them: pure functions."""

from functools import partial

from app.core.next_steps import Check, NextStep, Way, next_steps
from app.notifications.lifecycle import templates
from app.notifications.models import MessageTemplate


def steps_of_template(template: MessageTemplate, may: Check) -> list[NextStep]:
    """The steps from a template's status; `may` raises for a caller who may not change it."""
    return next_steps(
        {step.name: [Way(may, partial(templates.refuse_unless, template, step))] for step in templates.steps}
    )
