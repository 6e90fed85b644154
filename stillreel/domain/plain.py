"""The form of what is passed on and written down."""

from pydantic import BaseModel, ConfigDict


class Plain(BaseModel):
    """A record: frozen, and nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")
