"""How large a media file may be before it is opened: a small file can unpack into more than a machine has."""

MOST_PIXELS = 40_000_000  # of one picture or frame; the largest that a model of the catalogue makes is 4096 x 4096
MOST_FRAMES = 3_600  # of one clip: a minute at 60 a second

GIVEN_SHORTEST = 300  # pixels; sides of a frame image (runware.ai, klingai:3@1: 300 to 2048)
GIVEN_LONGEST = 2048  # of models whose clips are no larger; for others nobody states a limit
GIVEN_BYTES = 20_000_000  # runware.ai, klingai:3@1: 20 MB; nobody states another for larger images
