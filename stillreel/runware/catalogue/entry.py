"""What an entry of the catalogue says of one model: fields, cross rules, dated prices, status, result names.

An entry is data, one YAML file a model. Fields are named by their dotted path in the request body, such as
`inputs.frameImages`. Rules and prices carry dates, because the vendor changes both under the same name. Whatever is
said carries how sure it is, and the day of what says so; what nobody knows is `unknown`, and not a guess.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stillreel.domain.money import PriceRow, Sure
from stillreel.runware.catalogue.days import its_day

VENDOR, PAGES = "https://runware.ai/", "https://runware.ai/docs/models/"

Kind = Literal["still", "clip"]
FieldType = Literal[
    "string",
    "integer",
    "number",  # 5 and 5.0 are one number
    "boolean",
    "uri",  # http or https
    "uuid",  # version 4
    "image",  # one, as UUID, URL, data URI or base64
    "frames",  # images, each a string or an object with its position
    "images",
    "videos",
    "beats",  # parts of a clip, each an object of prompt and duration
    "object",  # closed: its fields stand in the entry under their own paths
    "base64",  # in results
    "data_uri",  # in results
]
Status = Literal["live", "api-only", "coming-soon", "deprecated", "retired"]


Word = Literal[
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "resolution",
    "duration",
    "guidance",
    "seed",
    "audio",
    "beats",
    "frames",
    "results",
    "delivery",
    "format",
    "quality",
    "ttl",
    "include_cost",
    "webhook",
    "upload_to",
]
"""What a request may ask for, in the trade's words; `safety` has two fields and is built by itself."""


Unsaid = Literal["audio", "last", "seed"]
"""What a shot may ask for of which nobody says whether the model knows it; `last` is a last frame, which is sent, and
told as a doubt, where `first_last_frame` is among the modes. What the entry has no shape for can't be sent."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Data):
    """A statement: how sure it is, who says so, and since when."""

    sure: Sure = "documented"
    source: str | None = None  # if it isn't the entry's
    seen: date | None = None  # the day of the source, if it isn't the entry's


class FieldRule(Said):
    """What one field may be; lengths in characters, bounds inclusive, `step` counted from zero."""

    type: FieldType
    doc: str
    required: bool = False
    const: str | None = None
    values: tuple[str | int | float | bool, ...] | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    step: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    positions: tuple[str | int, ...] | None = None  # frames: where an image may stand
    default: str | int | float | bool | None = None  # the provider's, if it says one


class When(_Data):
    """A condition on a body: all parts that are given must hold; an empty one always holds."""

    any_present: tuple[str, ...] = ()
    none_present: tuple[str, ...] = ()
    items: dict[str, int] = {}  # field: exact number of items
    differs: dict[str, str | int | bool] = {}  # field: present, or defaulted, with another value than this


class _Rule(Said):
    says: str  # the rule as a sentence, for people
    number: str = ""  # what tests of a schema know it by
    since: date | None = None  # the first day it holds
    until: date | None = None  # the first day it no longer holds


class Together(_Rule):
    """All of the fields, or none."""

    kind: Literal["together"]
    fields: tuple[str, ...]


class ExactlyOne(_Rule):
    """Exactly one of the groups is present; a group is present when any of its fields is."""

    kind: Literal["exactly_one"]
    groups: tuple[tuple[str, ...], ...]


class Forbidden(_Rule):
    """None of the fields may be there when the condition holds."""

    kind: Literal["forbidden"]
    fields: tuple[str, ...]
    when: When


class Needed(_Rule):
    """All of the fields must be there when the condition holds."""

    kind: Literal["needed"]
    fields: tuple[str, ...]
    when: When


class Pairs(_Rule):
    """If the two fields are there, they are one of these pairs."""

    kind: Literal["pairs"]
    fields: tuple[str, str]
    values: tuple[tuple[int, int], ...]


class OneNotMarked(_Rule):
    """Of a list of frames, at least one isn't marked with one of these positions."""

    kind: Literal["one_not_marked"]
    field: str
    positions: tuple[str | int, ...]


class Pixels(_Rule):
    """If the two fields are there, their product is no less than this."""

    kind: Literal["pixels"]
    fields: tuple[str, str]
    min: int


Rule = Annotated[
    Together | ExactlyOne | Forbidden | Needed | Pairs | OneNotMarked | Pixels, Field(discriminator="kind")
]


class SizeRule(Said):
    """Which sizes a mode of the model knows, in pixels; a rule without any is a mode whose sizes nobody knows."""

    pairs: tuple[tuple[int, int], ...] | None = None
    min: int | None = None  # of a side
    max: int | None = None
    step: int | None = None
    min_pixels: int | None = None  # width times height
    from_image: bool = False  # the clip takes the image's size; width and height are refused
    resolutions: tuple[str, ...] = ()  # tiers that may be asked for by name; the first is ours, if nobody asks


class Doubted(_Data):
    """Fields that may stand beside each other, or may not, since nobody says: all of them are let through and told."""

    fields: tuple[str, ...]
    says: str  # what nobody can say for certain: 'whether positivePrompt may stand beside …'
    source: str


class ResultNames(_Data):
    """Under which names a result carries its id and its media."""

    id: str
    url: str
    base64: str
    data_uri: str


class Entry(_Data):
    """One model of the catalogue."""

    air: str
    slug: str
    name: str
    kind: Kind
    task_type: Literal["imageInference", "videoInference"]
    status: Status
    status_seen: date
    status_note: str = ""
    replaced_by: tuple[str, ...] = ()
    deactivates_at: Annotated[date | None, BeforeValidator(its_day)] = None  # the first day without it
    released: date | None = None
    source: str
    seen: date
    modes: tuple[Literal["text", "first_frame", "first_last_frame", "reference"], ...]
    fps: dict[str, int] = {}  # by mode; absent: unknown
    always_audio: bool = False  # every clip has sound, and no field asks for it
    usual_seconds: float  # how long a job takes before the archive has learnt better
    usual_source: str
    fps_source: str = ""  # who states frames per second
    sizes: dict[str, SizeRule]  # by mode
    fields: dict[str, FieldRule]
    rules: tuple[Rule, ...] = ()
    prices: tuple[PriceRow, ...]
    tiers: dict[str, tuple[tuple[int, int], ...]] = {}  # which sizes a price's tier means; needed for more than one
    words: dict[Word, str]  # the field that a request's word goes to; a word whose field isn't there can't be asked
    result: ResultNames
    response: dict[str, FieldRule]
    unsaid: tuple[Unsaid, ...] = ()
    doubted: tuple[Doubted, ...] = ()
    unknown: tuple[str, ...] = ()  # what nobody could say, in sentences

    @property
    def page(self) -> str:
        """Where its own page is, beside which its schema lies: its source, unless that is a page about many models."""
        about_many = self.source.startswith(VENDOR) and not self.source.startswith(PAGES)
        return f"{PAGES}{self.slug}" if about_many else self.source

    def field_of(self, word: Word) -> str | None:
        """The path of the field that a word of a request goes to, or None: it can't be asked of this model."""
        path = self.words.get(word)
        return path if path in self.fields else None

    def gone(self, today: date) -> bool:
        """Whether the provider doesn't take the model any more, as far as the entry knows."""
        return self.status == "retired" or (self.deactivates_at is not None and self.deactivates_at <= today)
