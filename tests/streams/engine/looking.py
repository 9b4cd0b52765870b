"""A process that looks who owns what, over and over, as a standby does: `python -m tests.streams.engine.looking BOOTSTRAP`.

It says `answered` or `silent` after each look. The last given-up look-outs are kept, as an error that is being handled keeps one in a worker.
"""

import sys
import time
from collections import deque
from pathlib import Path

from confluent_kafka import KafkaException

from streams.engine.clients import kafka_error
from streams.engine.lookout import Lookout
from streams.engine.spec import EngineSettings, Input, StageSpec, Timeouts

ANSWER_SECONDS = 0.5


def main(bootstrap: str) -> None:
    """Look until it is killed."""
    settings = EngineSettings(bootstrap, "a", Path("unused"), Timeouts(request_seconds=ANSWER_SECONDS))
    spec = StageSpec("nobody", "nobody", (Input("nobody", "nobody-changelog"),))
    given_up: deque[Lookout] = deque(maxlen=5)
    lookout = Lookout(spec, settings, lambda: None)
    while True:
        said = "answered"
        try:
            lookout.look()
        except TimeoutError:
            said = "silent"
        except KafkaException as error:
            said = "answered" if kafka_error(error).name() == "GROUP_ID_NOT_FOUND" else "silent"
        if said == "silent":
            given_up.append(lookout)
            lookout = Lookout(spec, settings, lambda: None)
        print(said, flush=True)  # noqa: T201 - the test reads it
        time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1])
