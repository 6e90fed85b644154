"""Every number that decides how patiently the provider is asked, each with its reason; seconds unless it says so."""

from stillreel import __version__

USER_AGENT = f"stillreel/{__version__}"

SEND_TIMEOUT = 60.0  # a purchase: an acknowledgement takes a second or two; a lease outlives this by half a minute
ASK_TIMEOUT = 30.0  # a question costs nothing, so a slow one is given up sooner and asked again
UPLOAD_TIMEOUT = 120.0  # 20 MB, a third more as base64, over a slow line
CONNECT_TIMEOUT = 10.0  # a host that can't be reached by then is down

LOOK_TIMEOUT = 2.0  # whether a model is known is worth no more to a run than that, and is looked at before each chain
LOOK_TRIES = 2  # one for a connection that was lost on its way
LOOK_PAUSE = 0.25  # before the second: in all, a schema host that is away delays a run by less than five seconds

DOCUMENT_TIME = 30.0  # a schema of 70 kB, all tries together; 35 of them are read in turn, and one mustn't hold up all

ASK_TRIES = 4  # rides out about ten seconds of trouble; past that the caller's next look is the better retry
MOST_TOGETHER = 500  # jobs in a question, 50 kB; all is told again, so an answer has up to 300 kB
ALONE_AT_ONCE = 4  # questions on the way together about jobs that an answer has left out
FIRST_PAUSE = 1.0  # before the second try
PAUSE_GROWTH = 2.0
LONGEST_PAUSE = 20.0
JITTER = 0.25  # either way, so that many processes don't come back in step
RETRY_AFTER_CEILING = 60.0  # what a server may make us wait; undocumented for this API, so trusted only so far

LARGEST_FILE = 512 * 1024 * 1024  # bytes; ten times the largest clip that the catalogue's models make
DOWNLOAD_TRIES = 4  # a truncated body is usually whole the next time
DOWNLOAD_SILENCE = 30.0  # between two pieces of a body
GIVEN_WITHIN = 60.0  # a given file, all of it with its tries: 20 MB at 3 Mbit/s, and somebody waits for the answer
RESULT_WITHIN = 3600.0  # a result likewise: half a gigabyte over a slow line; one that drips holds one of eight places
REDIRECTS = 5  # a short chain of a link shortener and a CDN; more is a loop

SHOWN = 600  # characters of an answer that an error message shows
