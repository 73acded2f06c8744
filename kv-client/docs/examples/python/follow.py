"""Prints the changes of all keys with a prefix, one JSON object a line, and goes on at another node when its own is lost:

    python3 follow.py PREFIX [FROM_REVISION] [HOST:PORT ...]

Standard error says at which node it is, and at the end from which revision to go on."""

import json
import sys

import fencekv


def follow(prefix, from_revision, endpoints):
    with fencekv.Client(*endpoints) as client, client.watch(prefix, from_revision=from_revision, progress=1.0) as watch:
        endpoint = None
        try:
            for events in watch:
                for event in events:
                    print(json.dumps(line(event)), flush=True)
                if endpoint != watch.endpoint:
                    endpoint = watch.endpoint
                    print("at %s" % endpoint, file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pass
        print("go on from %d" % watch.next_revision, file=sys.stderr)


def line(event):
    value = {} if event.record is None else {"value": event.record.value.decode(errors="backslashreplace")}
    return dict(value, type=event.type, key=event.key.decode(errors="backslashreplace"), revision=event.revision)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    follow(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0, sys.argv[3:])
