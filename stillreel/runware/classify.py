"""What the provider's error codes mean to a buyer; the raw code is always kept beside the class.

There is no public list: codes are many, camelCase and unstable, so they're told apart by their words, and by hand
where the words mislead. The order of the tests matters: `invalidApiKey` is about the key and `invalidProviderContent`
about safety, although both begin with `invalid`. (runware.ai/docs/platform/errors; the vendor's `runware-sdk` 1.8.0)
"""

import re
from enum import StrEnum


class ErrorKind(StrEnum):
    """Which kind of trouble an error code tells of."""

    AUTH = "auth"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    VALIDATION = "validation"
    CONFLICT = "conflict"
    SAFETY = "safety"
    TIMEOUT = "timeout"
    PROVIDER = "provider"
    NOT_FOUND = "not_found"
    SERVER = "server"
    UNKNOWN = "unknown"


_BY_HAND = {
    ErrorKind.QUOTA: {"paymentRequired", "environmentPaused"},
    ErrorKind.SAFETY: {
        "contentPolicyViolation",
        "imageBlocked",
        "invalidProviderContent",
        "moderationFailed",
        "nsfwContentDetected",
        "promptBlocked",
        "providerContentPolicyViolation",
        "sensitiveContentDetected",
        "unsafeContentDetected",
    },
    ErrorKind.AUTH: {
        "accountDisabled",
        "accountSuspended",
        "authFailed",
        "authTimeout",
        "authenticationFailed",
        "forbidden",
        "insufficientPermissions",
        "invalidAuthentication",
        "invalidCredentials",
        "missingAuthentication",
        "organizationDisabled",
        "organizationSuspended",
        "permissionDenied",
        "tokenExpired",
        "tokenInvalid",
        "tokenMissing",
        "tokenRevoked",
        "unauthorized",
        "workspaceDisabled",
        "workspaceSuspended",
    },
    ErrorKind.NOT_FOUND: {"taskCancelled", "taskFailedOrNotFound", "unknownModel"},
    ErrorKind.SERVER: {
        "defaultError",
        "errorRetrievingAccountManagement",
        "internalServerError",
        "serverUnavailable",
        "serviceUnavailable",
        "standardError",
        "undefinedError",
        "unknownError",
        "unrecognizedResponse",
    },
    ErrorKind.PROVIDER: {
        "downloadFailed",
        "inferenceError",
        "mediaStorageFileCouldNotBeMoved",
        "modelDisabled",
        "modelNotReady",
        "modelUnavailable",
        "noAvailableServer",
        "processingFailed",
        "taskFailed",
        "uploadFailed",
    },
    ErrorKind.VALIDATION: {
        "incompatibleParameters",
        "mismatchProviderSettingsProvider",
        "modelAlreadyExists",
        "modelOwnershipValidationError",
        "transparentModelMismatch",
        "unknownParameter",
        "unknownProviderSettingsProvider",
        "validationFailed",
    },
}
_KIND = {code: kind for kind, codes in _BY_HAND.items() for code in codes}
_MALFORMED = {"invalid", "missing", "unsupported", "duplicate", "conflict", "max", "value", "array"}  # first words


def classify(code: str) -> ErrorKind:
    """The kind of an error code, by its words; unknown for one that nobody has seen the like of."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", code)]
    text = " ".join(words)
    if {"task", "uuid"} <= set(words) and words[0] in {"conflict", "duplicate"}:
        return ErrorKind.CONFLICT  # the UUID is known there: the first submit may well have arrived
    if code not in _KIND and words and words[0] == "provider" and "key" in words:
        return ErrorKind.PROVIDER  # the key between the vendor and the model's maker, not ours
    for kind, told in (
        (ErrorKind.QUOTA, bool({"credit", "credits", "quota", "balance"} & set(words))),
        (ErrorKind.RATE_LIMIT, "rate limit" in text),
        (_KIND.get(code, ErrorKind.UNKNOWN), code in _KIND),
        (ErrorKind.AUTH, "api key" in text),
        (ErrorKind.VALIDATION, code == "invalidTimeout"),  # a parameter of that name, not a silence
        (ErrorKind.TIMEOUT, "timeout" in words),  # in any case: `timeoutProvider` is the one that is documented
        (ErrorKind.NOT_FOUND, text.endswith(("not found", "expired"))),
        (ErrorKind.PROVIDER, text.startswith("provider")),
        (ErrorKind.VALIDATION, bool(words) and words[0] in _MALFORMED),
    ):
        if told:
            return kind
    return ErrorKind.UNKNOWN
