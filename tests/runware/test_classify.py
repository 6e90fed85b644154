import pytest

from stillreel.runware import ErrorKind, classify

# Every code that the reference names, in its own classes, and some that its patterns mean.
TABLE = {
    "auth": """accountSuspended forbidden insufficientPermissions invalidApiKey missingApiKey tokenExpired
        unauthorized""",
    "quota": """creditsExhausted environmentPaused insufficientBalance insufficientCredits paymentRequired
        quotaExceeded""",
    "rate_limit": "inferenceRateLimitExceeded providerRateLimitExceeded rateLimitExceeded",
    "validation": """arrayTooSmall duplicateParameter incompatibleParameters invalidFrameImages invalidModel
        invalidPixels invalidPositivePrompt invalidPositivePromptLength invalidWidth maxPromptLength
        missingPositivePrompt unknownParameter unsupportedDuration unsupportedParameter unsupportedTaskType
        validationFailed valueTooLarge""",
    "conflict": "conflictTaskUUID",
    "safety": """contentPolicyViolation imageBlocked invalidProviderContent moderationFailed nsfwContentDetected
        promptBlocked providerContentPolicyViolation sensitiveContentDetected unsafeContentDetected""",
    "timeout": "providerGatewayTimeout providerTimeout timeout timeoutProvider webhookTimeout",
    "provider": """downloadFailed inferenceError modelDisabled modelNotReady modelUnavailable noAvailableServer
        processingFailed providerError providerUnavailable taskFailed uploadFailed""",
    "not_found": """mediaExpired mediaNotFound modelNotFound taskCancelled taskExpired taskFailedOrNotFound
        taskNotFound""",
    "server": """internalServerError serverUnavailable serviceUnavailable standardError unknownError
        unrecognizedResponse""",
}
CASES = [(code, kind) for kind, codes in TABLE.items() for code in codes.split()]


@pytest.mark.parametrize("code,kind", CASES)
def test_every_code_of_the_reference_has_its_class(code, kind):
    """Each error code that the reference names falls into the class that the reference gives it."""
    assert classify(code) == kind


@pytest.mark.parametrize(
    "code,kind",
    [
        ("duplicateTaskUUID", "conflict"),  # by another name: a validation error would be booked as not spent
        ("authTimeout", "auth"),
        ("invalidTimeout", "validation"),  # a parameter called timeout
        ("providerInvalidApiKey", "provider"),  # the vendor's key at the model's maker, not ours
        ("providerUnauthorized", "provider"),
        ("rate_limit_exceeded", "rate_limit"),
        ("INVALID_API_KEY", "auth"),
        ("brandNewTrouble", "unknown"),
        ("", "unknown"),
        ("§§", "unknown"),
    ],
)
def test_codes_that_mislead_are_told_apart(code, kind):
    """A code whose words mislead, or that nobody has seen, falls into the class that costs nobody money."""
    assert classify(code) == kind


def test_every_class_but_the_last_has_a_code():
    """No class of errors exists that no code can fall into."""
    assert {classify(code) for code, _ in CASES} == set(ErrorKind) - {ErrorKind.UNKNOWN}
