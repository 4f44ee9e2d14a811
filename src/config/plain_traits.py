"""Traits of networks that declare none, from the arguments of their constructor. Imports no torch."""

from collections.abc import Collection

from ..card import Form, Traits

FORMS: dict[str, Form] = {
    "num_users": "ids",
    "num_items": "ids",
    "num_ids": "index",
    "vocab_size": "tokens",
    "in_shape": "image",
    "seq_len": "sequence",
}
"""Reserved name of a size -> the input of a network whose constructor has an argument with this name."""


def plain_traits(arguments: Collection[str]) -> Traits:
    """Return the traits of a network whose constructor has these arguments.

    It takes vectors unless an argument such as `vocab_size` says otherwise, and is not taken for causal.
    """
    forms = [form for name, form in FORMS.items() if name in arguments]
    form: Form = forms[0] if forms else "vector"
    return Traits(inputs=(form,), causal=False if form in ("tokens", "sequence") else None)
