"""Measures the time from POST to 200 of the webhook source: each answer waits for the commit of its events.

    REDSHANK=build/release/redshank python3 tests/bench/webhook_latency.py [SECONDS]

Bodies are sent on schedule, as an API server in batch mode sends them (--audit-webhook-batch-max-wait=1s, at most
400 events a body), by as many connections as needed: a slow answer delays no later body. The events are those of
the sample, with audit ids and times of their own.
"""
import json
import pathlib
import re
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import SOURCE, Daemon  # noqa: E402
from webhook_client import TOKEN, Client, event_list, free_port, make_certificates  # noqa: E402

LOADS = ((10, 10), (1000, 400), (4000, 400))  # events a second, events a body
LANES = 16  # connections


def bodies(count, size):
    """`count` bodies of `size` events, each a second apart from the last; items have no kind."""
    lines = (SOURCE / "samples" / "audit.log").read_bytes().splitlines()
    out = []
    for i in range(count):
        events = []
        for j in range(size):
            line = lines[(i * size + j) % len(lines)].replace(b'"kind":"Event","apiVersion":"audit.k8s.io/v1",', b"")
            line = re.sub(rb'"auditID":"[^"]*"', b'"auditID":"bench-%d-%d"' % (i, j), line, count=1)
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_800_000_000 + i)).encode()
            line = re.sub(rb'(Timestamp":")[^".]*', rb"\g<1>" + at, line)
            events.append(line)
        out.append(event_list(*events))
    return out


def measure(folder, port, rate, size, seconds):
    """Sorted seconds from POST to answer."""
    every = size / rate
    todo = list(enumerate(bodies(max(int(seconds / every), 1), size)))
    lock, delays, start = threading.Lock(), [], time.monotonic() + 0.5

    def lane():
        client = Client(folder, port)
        while True:
            with lock:
                if not todo:
                    break
                number, body = todo.pop(0)
            time.sleep(max(0.0, start + number * every - time.monotonic()))
            began = time.monotonic()
            client.deliver(body)
            with lock:
                delays.append(time.monotonic() - began)
        client.close()

    threads = [threading.Thread(target=lane) for _ in range(LANES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(delays)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_certificates(folder)
        (folder / "token").write_text(TOKEN + "\n")
        for rate, size in LOADS:
            home = folder / str(rate)
            home.mkdir()
            port = free_port()
            daemon = Daemon(home, source=(
                f'type = "webhook"\nname = "api"\nlisten = "127.0.0.1:{port}"\ncert_file = "{folder}/server.crt"\n'
                f'key_file = "{folder}/server.key"\ntoken_file = "{folder}/token"'))
            try:
                daemon.wait_until_ready()
                delays = measure(folder, port, rate, size, seconds)
                p50, p99 = delays[len(delays) // 2], delays[min(len(delays) * 99 // 100, len(delays) - 1)]
                print(json.dumps({"events_per_second": rate, "events_per_body": size, "bodies": len(delays),
                                  "p50_ms": round(p50 * 1000, 1), "p99_ms": round(p99 * 1000, 1),
                                  "longest_ms": round(delays[-1] * 1000, 1)}), flush=True)
                daemon.stop()
            finally:
                daemon.kill()


if __name__ == "__main__":
    main()
